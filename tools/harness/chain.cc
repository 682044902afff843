#include "tools/harness/chain.h"

#include <algorithm>
#include <utility>

#include "tools/harness/statistics.h"

namespace jitgemm::harness {
namespace {

// One replay between two events.
struct Lap {
  Event start, end;

  static Result<Lap> create(const GpuPtr& gpu) {
    Result<Event> start = Event::create(gpu);
    if (!start.ok()) return start.status();
    Result<Event> end = Event::create(gpu);
    if (!end.ok()) return end.status();
    return Lap{*std::move(start), *std::move(end)};
  }

  Status run(const Graph& graph, CUstream stream) const {
    Status status = start.record(stream);
    if (status.ok()) status = graph.replay(stream);
    if (status.ok()) status = end.record(stream);
    return status;
  }
};

Result<Timing> summary(const std::vector<Lap>& laps, int launches) {
  std::vector<double> us;
  for (const Lap& lap : laps) {
    if (Status status = lap.end.synchronize(); !status.ok()) return status;
    Result<double> took = lap.end.us_since(lap.start);
    if (!took.ok()) return took.status();
    us.push_back(*took / launches);
  }
  const auto [min, max] = std::minmax_element(us.begin(), us.end());
  return Timing{.median_us = median(us), .min_us = *min, .max_us = *max};
}

}  // namespace

int copies_of(int64_t weight_bytes) {
  return static_cast<int>(std::max<int64_t>(2, kChainBytes / weight_bytes + 1));
}

int launches_over(int copies, int min_launches) {
  return (min_launches + copies - 1) / copies * copies;
}

Chain::Chain(Graph graph, int launches) : graph_(std::move(graph)), launches_(launches) {}

Result<Chain> Chain::capture(const Workbench& bench, int launches,
                             const std::function<Status(int, CUstream)>& enqueue) {
  Status status = enqueue(0, bench.stream.get());
  if (status.ok()) status = bench.stream.synchronize();
  if (!status.ok()) return status;
  Result<Graph> graph = Graph::capture(bench.gpu, bench.stream.get(), [&](CUstream stream) {
    Status enqueued;
    for (int i = 0; enqueued.ok() && i < launches; ++i) enqueued = enqueue(i, stream);
    return enqueued;
  });
  if (!graph.ok()) return graph.status();
  return Chain(*std::move(graph), launches);
}

Result<std::vector<Timing>> time_in_turn(const Workbench& bench,
                                         const std::vector<const Chain*>& chains, int measured) {
  std::vector<std::vector<Lap>> laps(chains.size());
  for (int round = 0; round < kUnmeasured + measured; ++round)
    for (size_t i = 0; i < chains.size(); ++i) {
      Result<Lap> lap = Lap::create(bench.gpu);
      if (!lap.ok()) return lap.status();
      if (Status status = lap->run(chains[i]->graph_, bench.stream.get()); !status.ok())
        return status;
      if (round >= kUnmeasured) laps[i].push_back(*std::move(lap));
    }
  std::vector<Timing> timings;
  for (size_t i = 0; i < chains.size(); ++i) {
    Result<Timing> timing = summary(laps[i], chains[i]->launches_);
    if (!timing.ok()) return timing.status();
    timings.push_back(*timing);
  }
  return timings;
}

}  // namespace jitgemm::harness
