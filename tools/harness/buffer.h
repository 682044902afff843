// Buffer: owns device memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jitgemm/status.h>
#include "tools/harness/owned.h"

namespace jitgemm::harness {

class Buffer : public Owned<CUdeviceptr, &DriverFunctions::cuMemFree_v2> {
 public:
  using Owned::Owned;
  static Result<Buffer> allocate(GpuPtr gpu, size_t bytes);  // 0 bytes: an empty Buffer

  // The address `offset` bytes after the start.
  template <typename T = void>
  T* at(size_t offset = 0) const {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(get() + offset));
  }

  Status fill(uint8_t byte, CUstream stream) const;

 private:
  size_t bytes_ = 0;
};

}  // namespace jitgemm::harness
