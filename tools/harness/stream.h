// OwnedStream: owns a stream of the GPU that does not synchronise with the default stream.
#pragma once

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

class OwnedStream {
 public:
  static Result<OwnedStream> create(GpuPtr gpu);

  OwnedStream(OwnedStream&& other) noexcept;
  OwnedStream& operator=(OwnedStream&&) = delete;
  ~OwnedStream();

  CUstream get() const { return stream_; }
  // Waits for the work on the stream. Returns the error of an earlier kernel, if there was one.
  Status synchronize() const;

 private:
  OwnedStream(GpuPtr gpu, CUstream stream);
  GpuPtr gpu_;
  CUstream stream_;
};

}  // namespace jitgemm::harness
