// How a launch overlaps its predecessor on the stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// The launches of a stream: plain, where each starts after the end of the one before, or with
// programmatic dependent launch (PDL).
enum class Chain { kPlain, kPdl };
inline constexpr Chain kChains[] = {Chain::kPlain, Chain::kPdl};
constexpr Chain chain_of(bool pdl) { return pdl ? Chain::kPdl : Chain::kPlain; }

// Arguments of a launch of the swapped form: one kernel serves all values.
struct Overlap {
  // Stages of weights loaded before the wait for the predecessor. They queue ahead of the first
  // activations, which the first multiply waits for.
  int stages_ahead = 2;
  // How many of them the consumer threads load by cp.async instead of TMA: these loads leave
  // earlier, but every 16 bytes cost an instruction of a thread.
  int stages_fetched = 1;
  // Whether the blocks of the successor may start as soon as those of this launch run, instead of
  // after their last load.
  bool release_early = false;

  friend bool operator==(const Overlap&, const Overlap&) = default;

  std::string text() const;  // "2 stages ahead, 1 fetched, releases early"
};

// Clamps the stage counts to those that a block of a launch over k can fill before any stage is
// released.
Overlap fitted(const Overlap& overlap, const KernelConfig& config, int64_t k);

// The overlap of kernels that were not tuned, in either chain.
Overlap usual_overlap(const KernelConfig& config);

// The overlap settings worth timing for this kernel, usual_overlap() first.
std::vector<Overlap> overlaps_of(const KernelConfig& config, Chain chain);

}  // namespace jitgemm::plan
