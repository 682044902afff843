// How a launch stands to its neighbours on the stream, and how far it reaches into its predecessor.
#pragma once

#include <string>
#include <vector>

#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// What the launches of a stream are: plain ones, each after the end of the one before, or with
// programmatic dependent launch (PDL).
enum class Chain { kPlain, kPdl };
inline constexpr Chain kChains[] = {Chain::kPlain, Chain::kPdl};

// Arguments of a launch of the swapped form: one kernel serves all of them.
struct Overlap {
  // Of the ring, filled with weights before the predecessor is waited for. They queue ahead of the
  // first activations, which the first multiply waits for.
  int stages_ahead = 1;
  // The successor's blocks may start as soon as those of this launch run, not after its last load.
  bool release_early = false;

  friend bool operator==(const Overlap&, const Overlap&) = default;

  std::string text() const;  // "2 stages ahead, releases early"
};

// Where nothing was measured: while the predecessor drains there is time for one stage more.
constexpr Overlap default_overlap(Chain chain) {
  return {.stages_ahead = chain == Chain::kPlain ? 1 : 2};
}

// Those that can make a difference to a kernel, the default first.
std::vector<Overlap> overlaps_of(const KernelConfig& config, Chain chain);

}  // namespace jitgemm::plan
