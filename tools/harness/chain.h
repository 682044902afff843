// Timing by chains: many launches captured into one graph. They go through copies of the weights,
// activations and outputs in turn, so that each launch reads its weight from memory and not from
// the L2, as the next layer of a server does.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <jitgemm/status.h>
#include "tools/harness/stream.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

constexpr int64_t kChainBytes = 300'000'000;  // all copies of the weight are larger than this
constexpr int kMinLaunches = 100;             // the least launches of a chain
constexpr int kUnmeasured = 2;                // the least replays for warming up
constexpr double kWarmUpUs = 25'000;  // the least warm-up: a GPU that idled has lowered its clocks
constexpr int kMeasured = 9;          // measured replays

// The number of copies of a weight of so many bytes, and the number of launches, at least
// `min_launches`, that use all copies equally often.
int copies_of(int64_t weight_bytes);
int launches_over(int copies, int min_launches = kMinLaunches);

struct Timing {
  double median_us = 0, min_us = 0, max_us = 0;  // of one launch
};

struct Chain {
  // enqueue(i, stream) enqueues launch i. It is called once before the capture, with i = 0, so that
  // a launcher that loads on first use does so then.
  static Result<Chain> capture(const Workbench& bench, int launches,
                               const std::function<Status(int launch, CUstream stream)>& enqueue);

  Graph graph;
  int launches;
};

// Replays the chains in rounds, each in an order of its own, so that they share clocks and
// temperature: first unmeasured rounds until the GPU is warm, then `measured` rounds. All measured
// rounds are enqueued before the first is waited for, so that the GPU never idles.
Result<std::vector<Timing>> time_in_turn(const Workbench& bench, std::span<const Chain> chains,
                                         int measured = kMeasured);

}  // namespace jitgemm::harness
