#include "tools/harness/chain.h"

#include <algorithm>
#include <cmath>
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

namespace {

Result<Lap> run_lap(const Workbench& bench, const Graph& graph) {
  Result<Lap> lap = Lap::create(bench.gpu);
  if (!lap.ok()) return lap;
  if (Status status = lap->run(graph, bench.stream.get()); !status.ok()) return status;
  return lap;
}

// Waits for one round of all graphs, and returns the time that it took.
Result<double> us_of_round(const Workbench& bench, const std::vector<const Graph*>& graphs) {
  std::vector<Lap> laps;
  for (const Graph* graph : graphs) {
    Result<Lap> lap = run_lap(bench, *graph);
    if (!lap.ok()) return lap.status();
    laps.push_back(*std::move(lap));
  }
  if (Status status = laps.back().end.synchronize(); !status.ok()) return status;
  return laps.back().end.us_since(laps.front().start);
}

}  // namespace

Result<std::vector<Timing>> time_in_turn(const Workbench& bench,
                                         const std::vector<const Chain*>& chains, int measured) {
  if (chains.empty()) return std::vector<Timing>();
  std::vector<const Graph*> graphs;
  for (const Chain* chain : chains) graphs.push_back(&chain->graph_);
  const Result<double> first = us_of_round(bench, graphs);
  if (!first.ok()) return first.status();
  const int unmeasured =
      std::max(kUnmeasured, static_cast<int>(std::ceil(kWarmUpUs / std::max(*first, 1.0))));

  std::vector<std::vector<Lap>> laps(chains.size());
  for (int round = 1; round < unmeasured + measured; ++round)
    for (size_t i = 0; i < chains.size(); ++i) {
      Result<Lap> lap = run_lap(bench, *graphs[i]);
      if (!lap.ok()) return lap.status();
      if (round >= unmeasured) laps[i].push_back(*std::move(lap));
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
