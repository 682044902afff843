// Graph: work captured from a stream, to be replayed.
#pragma once

#include <functional>

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

class Graph {
 public:
  // Runs `enqueue` with `stream` in capture mode; what it enqueues becomes the graph.
  static Result<Graph> capture(GpuPtr gpu, CUstream stream,
                               const std::function<Status(CUstream)>& enqueue);

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
