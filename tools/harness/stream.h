// OwnedStream: a stream of the GPU, independent of the default stream.
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
  // Waits. The error of an earlier kernel surfaces here.
  Status synchronize() const;

 private:
  OwnedStream(GpuPtr gpu, CUstream stream);
  GpuPtr gpu_;
  CUstream stream_;
};

}  // namespace jitgemm::harness
