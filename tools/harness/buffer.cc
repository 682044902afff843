#include "tools/harness/buffer.h"

#include <fmt/format.h>

#include <utility>

namespace jitgemm::harness {

Result<Buffer> Buffer::allocate(GpuPtr gpu, size_t bytes) {
  if (bytes == 0) return Buffer();
  CUdeviceptr address = 0;
  Status status = gpu->check(gpu->driver().cuMemAlloc_v2(&address, bytes),
                             fmt::format("cuMemAlloc of {} bytes", bytes).c_str());
  if (!status.ok()) return status;
  Buffer buffer(std::move(gpu), address);
  buffer.bytes_ = bytes;
  return buffer;
}

Status Buffer::fill(uint8_t byte, CUstream stream) const {
  if (bytes_ == 0) return {};
  return gpu().check(gpu().driver().cuMemsetD8Async(get(), byte, bytes_, stream),
                     "cuMemsetD8Async");
}

}  // namespace jitgemm::harness
