#include "tools/harness/buffer.h"

#include <fmt/format.h>

#include <utility>

namespace jitgemm::harness {

Result<Buffer> Buffer::allocate(GpuPtr gpu, size_t bytes) {
  Buffer buffer;
  if (bytes == 0) return buffer;
  CUdeviceptr address = 0;
  Status status = gpu->check(gpu->driver().cuMemAlloc_v2(&address, bytes),
                             fmt::format("cuMemAlloc of {} bytes", bytes).c_str());
  if (!status.ok()) return status;
  buffer.gpu_ = std::move(gpu);
  buffer.address_ = address;
  buffer.bytes_ = bytes;
  return buffer;
}

Buffer::Buffer(Buffer&& other) noexcept
    : gpu_(std::move(other.gpu_)),
      address_(std::exchange(other.address_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(gpu_, other.gpu_);
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Buffer::~Buffer() {
  if (address_) gpu_->driver().cuMemFree_v2(address_);
}

Status Buffer::fill(uint8_t byte, CUstream stream) const {
  if (bytes_ == 0) return {};
  return gpu_->check(gpu_->driver().cuMemsetD8Async(address_, byte, bytes_, stream),
                     "cuMemsetD8Async");
}

}  // namespace jitgemm::harness
