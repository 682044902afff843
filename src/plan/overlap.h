// How a launch stands to its neighbours on the stream, and how far it reaches into its predecessor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// What the launches of a stream are: plain ones, each after the end of the one before, or with
// programmatic dependent launch (PDL).
enum class Chain { kPlain, kPdl };
inline constexpr Chain kChains[] = {Chain::kPlain, Chain::kPdl};
constexpr Chain chain_of(bool pdl) { return pdl ? Chain::kPdl : Chain::kPlain; }

// Arguments of a launch of the swapped form: one kernel serves all of them.
struct Overlap {
  // Of the ring, filled with weights before the predecessor is waited for. They queue ahead of the
  // first activations, which the first multiply waits for.
  int stages_ahead = 2;
  // Of these, fetched by the consumers' threads: sooner on their way, but each chunk costs a
  // thread.
  int stages_fetched = 1;
  // The successor's blocks may start as soon as those of this launch run, not after its last load.
  bool release_early = false;

  friend bool operator==(const Overlap&, const Overlap&) = default;

  std::string text() const;  // "2 stages ahead, 1 fetched, releases early"
};

// The same with no more stages than a block of a launch over k fills before the first of them is
// handed back.
Overlap fitted(const Overlap& overlap, const KernelConfig& config, int64_t k);

// What is best where nothing was tuned, in either chain.
Overlap usual_overlap(const KernelConfig& config);

// Those that can make a difference to a kernel, the usual one first.
std::vector<Overlap> overlaps_of(const KernelConfig& config, Chain chain);

}  // namespace jitgemm::plan
