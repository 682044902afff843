#include "tools/harness/stream.h"

#include <utility>

namespace jitgemm::harness {

Result<OwnedStream> OwnedStream::create(GpuPtr gpu) {
  CUstream stream = nullptr;
  Status status =
      gpu->check(gpu->driver().cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  if (!status.ok()) return status;
  return OwnedStream(std::move(gpu), stream);
}

Status OwnedStream::synchronize() const {
  return gpu().check(gpu().driver().cuStreamSynchronize(get()), "cuStreamSynchronize");
}

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

Status Graph::replay(CUstream stream) const {
  return gpu().check(gpu().driver().cuGraphLaunch(get(), stream), "cuGraphLaunch");
}

}  // namespace jitgemm::harness
