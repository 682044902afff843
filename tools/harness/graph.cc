#include "tools/harness/graph.h"

#include <utility>

namespace jitgemm::harness {

Graph::Graph(GpuPtr gpu, CUgraphExec executable) : gpu_(std::move(gpu)), executable_(executable) {}

Graph::Graph(Graph&& other) noexcept
    : gpu_(std::move(other.gpu_)), executable_(std::exchange(other.executable_, nullptr)) {}

Result<Graph> Graph::capture(GpuPtr gpu, CUstream stream,
                             const std::function<Status(CUstream)>& enqueue,
                             CUstreamCaptureMode mode) {
  const DriverFunctions& driver = gpu->driver();
  Status status = gpu->check(driver.cuStreamBeginCapture_v2(stream, mode), "cuStreamBeginCapture");
  if (!status.ok()) return status;

  // The capture has to be ended in any case. An error of `enqueue` says more than a broken capture.
  const Status enqueued = enqueue(stream);
  CUgraph graph = nullptr;
  const Status ended = gpu->check(driver.cuStreamEndCapture(stream, &graph), "cuStreamEndCapture");
  status = enqueued.ok() ? ended : enqueued;

  CUgraphExec executable = nullptr;
  if (status.ok())
    status = gpu->check(driver.cuGraphInstantiateWithFlags(&executable, graph, 0),
                        "cuGraphInstantiateWithFlags");
  if (graph) driver.cuGraphDestroy(graph);
  if (!status.ok()) return status;
  return Graph(std::move(gpu), executable);
}

Graph::~Graph() {
  if (executable_) gpu_->driver().cuGraphExecDestroy(executable_);
}

Status Graph::replay(CUstream stream) const {
  return gpu_->check(gpu_->driver().cuGraphLaunch(executable_, stream), "cuGraphLaunch");
}

}  // namespace jitgemm::harness
