// Graph: work that was captured from a stream and can be replayed.
#pragma once

#include <functional>

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

class Graph {
 public:
  // Captures the work that `enqueue` enqueues on `stream`. `mode` says which threads the driver
  // keeps from calls that would break the capture.
  static Result<Graph> capture(GpuPtr gpu, CUstream stream,
                               const std::function<Status(CUstream)>& enqueue,
                               CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);

  Graph(Graph&& other) noexcept;
  Graph& operator=(Graph&&) = delete;
  ~Graph();

  Status replay(CUstream stream) const;

 private:
  Graph(GpuPtr gpu, CUgraphExec executable);
  GpuPtr gpu_;
  CUgraphExec executable_;
};

}  // namespace jitgemm::harness
