// Timing by a graph chain: launches captured into one graph, that walk over the copies of weights,
// activations and outputs, so that a launch finds its weight in memory and not in the L2, as a
// server's next layer does.
#pragma once

#include <functional>
#include <vector>

#include <jitgemm/status.h>
#include "tools/harness/event.h"
#include "tools/harness/graph.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

constexpr int64_t kChainBytes = 300'000'000;  // that the copies of the weight exceed together
constexpr int kMinLaunches = 100;             // of a chain
constexpr int kUnmeasured = 2;                // replays before those that count, at least
constexpr double kWarmUpUs = 25'000;          // they take: a GPU that idled has lowered its clocks
constexpr int kMeasured = 9;

// Copies of a weight of so many bytes, and launches that walk over all of them equally often.
int copies_of(int64_t weight_bytes);
int launches_over(int copies, int min_launches = kMinLaunches);

struct Timing {
  double median_us = 0, min_us = 0, max_us = 0;  // of one launch
};

class Chain {
 public:
  // enqueue(i, stream) enqueues launch i. It is called once before the capture, with i = 0: whoever
  // loads on first use does so then.
  static Result<Chain> capture(const Workbench& bench, int launches,
                               const std::function<Status(int launch, CUstream stream)>& enqueue);

 private:
  friend Result<std::vector<Timing>> time_in_turn(const Workbench&,
                                                  const std::vector<const Chain*>&, int measured);
  Chain(Graph graph, int launches);
  Graph graph_;
  int launches_;
};

// Replays the chains in turn (a, b, a, b, ...), so that they share clocks and heat; rounds that do
// not count until the GPU is warm, then `measured` that do. These are all enqueued before the first
// is waited for: the GPU never idles.
Result<std::vector<Timing>> time_in_turn(const Workbench& bench,
                                         const std::vector<const Chain*>& chains,
                                         int measured = kMeasured);

}  // namespace jitgemm::harness
