#include "tools/harness/chain.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "tools/harness/statistics.h"

namespace jitgemm::harness {
namespace {

// A moment on a stream.
class Event : public Owned<CUevent, &DriverFunctions::cuEventDestroy_v2> {
 public:
  using Owned::Owned;
  static Result<Event> create(GpuPtr gpu) {
    CUevent event = nullptr;
    Status status =
        gpu->check(gpu->driver().cuEventCreate(&event, CU_EVENT_DEFAULT), "cuEventCreate");
    if (!status.ok()) return status;
    return Event(std::move(gpu), event);
  }

  Status record(CUstream stream) const {
    return gpu().check(gpu().driver().cuEventRecord(get(), stream), "cuEventRecord");
  }

  // Waits for this event. Returns the microseconds since an earlier one.
  Result<double> us_since(const Event& earlier) const {
    float ms = 0;
    Status status = gpu().check(gpu().driver().cuEventSynchronize(get()), "cuEventSynchronize");
    if (status.ok())
      status = gpu().check(gpu().driver().cuEventElapsedTime(&ms, earlier.get(), get()),
                           "cuEventElapsedTime");
    if (!status.ok()) return status;
    return 1e3 * ms;
  }
};

// One replay of a graph, between two events.
struct Lap {
  Event start, end;
};

Result<Lap> run_lap(const Workbench& bench, const Graph& graph) {
  Result<Event> start = Event::create(bench.gpu);
  if (!start.ok()) return start.status();
  Result<Event> end = Event::create(bench.gpu);
  if (!end.ok()) return end.status();
  const CUstream stream = bench.stream.get();
  Status status = start->record(stream);
  if (status.ok()) status = graph.replay(stream);
  if (status.ok()) status = end->record(stream);
  if (!status.ok()) return status;
  return Lap{*std::move(start), *std::move(end)};
}

// One lap of each chain.
using Round = std::vector<Lap>;

// Enqueues a lap of each chain, in random order: a chain that runs behind one that draws less power
// finds a higher clock.
Result<Round> run_round(const Workbench& bench, std::span<const Chain> chains,
                        std::minstd_rand& random) {
  std::vector<size_t> order(chains.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  Round round(chains.size());
  for (size_t i : order) {
    Result<Lap> lap = run_lap(bench, chains[i].graph);
    if (!lap.ok()) return lap.status();
    round[i] = *std::move(lap);
  }
  return round;
}

Result<double> us_of(const Round& round) {
  double sum = 0;
  for (const Lap& lap : round) {
    const Result<double> us = lap.end.us_since(lap.start);
    if (!us.ok()) return us.status();
    sum += *us;
  }
  return sum;
}

// Summarises the laps of chain i, which has so many launches.
Result<Timing> summary(const std::vector<Round>& rounds, size_t i, int launches) {
  std::vector<double> us;
  for (const Round& round : rounds) {
    const Result<double> took = round[i].end.us_since(round[i].start);
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
  return Chain{*std::move(graph), launches};
}

Result<std::vector<Timing>> time_in_turn(const Workbench& bench, std::span<const Chain> chains,
                                         int measured) {
  if (chains.empty()) return std::vector<Timing>();
  std::minstd_rand random;
  const Result<Round> first = run_round(bench, chains, random);
  if (!first.ok()) return first.status();
  const Result<double> us = us_of(*first);
  if (!us.ok()) return us.status();
  const int unmeasured =
      std::max(kUnmeasured, static_cast<int>(std::ceil(kWarmUpUs / std::max(*us, 1.0))));

  std::vector<Round> rounds;
  for (int i = 1; i < unmeasured + measured; ++i) {
    Result<Round> round = run_round(bench, chains, random);
    if (!round.ok()) return round.status();
    if (i >= unmeasured) rounds.push_back(*std::move(round));
  }
  std::vector<Timing> timings;
  for (size_t i = 0; i < chains.size(); ++i) {
    Result<Timing> timing = summary(rounds, i, chains[i].launches);
    if (!timing.ok()) return timing.status();
    timings.push_back(*timing);
  }
  return timings;
}

}  // namespace jitgemm::harness
