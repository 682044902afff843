// Buffer: owns device memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

class Buffer {
 public:
  static Result<Buffer> allocate(GpuPtr gpu, size_t bytes);  // 0 bytes: an empty Buffer

  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  CUdeviceptr address() const { return address_; }
  size_t bytes() const { return bytes_; }

  // The address `offset` bytes after the start.
  template <typename T = void>
  T* at(size_t offset = 0) const {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(address_ + offset));
  }

  Status fill(uint8_t byte, CUstream stream) const;

 private:
  GpuPtr gpu_;
  CUdeviceptr address_ = 0;
  size_t bytes_ = 0;
};

}  // namespace jitgemm::harness
