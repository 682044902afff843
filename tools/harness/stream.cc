#include "tools/harness/stream.h"

#include <utility>

namespace jitgemm::harness {

OwnedStream::OwnedStream(GpuPtr gpu, CUstream stream) : gpu_(std::move(gpu)), stream_(stream) {}

OwnedStream::OwnedStream(OwnedStream&& other) noexcept
    : gpu_(std::move(other.gpu_)), stream_(std::exchange(other.stream_, nullptr)) {}

Result<OwnedStream> OwnedStream::create(GpuPtr gpu) {
  CUstream stream = nullptr;
  Status status =
      gpu->check(gpu->driver().cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  if (!status.ok()) return status;
  return OwnedStream(std::move(gpu), stream);
}

OwnedStream::~OwnedStream() {
  if (stream_) gpu_->driver().cuStreamDestroy_v2(stream_);
}

Status OwnedStream::synchronize() const {
  return gpu_->check(gpu_->driver().cuStreamSynchronize(stream_), "cuStreamSynchronize");
}

}  // namespace jitgemm::harness
