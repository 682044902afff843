// OwnedStream and Graph: a stream of the GPU, and work that was captured from a stream.
#pragma once

#include <functional>

#include <jitgemm/status.h>
#include "tools/harness/owned.h"

namespace jitgemm::harness {

// Does not synchronise with the default stream.
class OwnedStream : public Owned<CUstream, &DriverFunctions::cuStreamDestroy_v2> {
 public:
  using Owned::Owned;
  static Result<OwnedStream> create(GpuPtr gpu);

  // Waits for the work on the stream. Returns the error of an earlier kernel, if there was one.
  Status synchronize() const;
};

class Graph : public Owned<CUgraphExec, &DriverFunctions::cuGraphExecDestroy> {
 public:
  using Owned::Owned;

  // Captures the work that `enqueue` enqueues on `stream`. `mode` says which threads the driver
  // keeps from calls that would break the capture.
  static Result<Graph> capture(GpuPtr gpu, CUstream stream,
                               const std::function<Status(CUstream)>& enqueue,
                               CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);

  Status replay(CUstream stream) const;
};

}  // namespace jitgemm::harness
