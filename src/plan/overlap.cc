#include "src/plan/overlap.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

// Stages that a block fills without waiting for one to be handed back.
int first_round(const KernelConfig& c) {
  const int steps = ceil_div(ceil_div(c.k, kBlockK), c.k_blocks);
  return std::min(c.stages, ceil_div(steps, c.split));
}

}  // namespace

std::string Overlap::text() const {
  return fmt::format("{} stage{} ahead, releases {}", stages_ahead, stages_ahead == 1 ? "" : "s",
                     release_early ? "early" : "late");
}

std::vector<Overlap> overlaps_of(const KernelConfig& config, Chain chain) {
  std::vector<Overlap> all = {default_overlap(chain)};
  if (config.form != Form::kSwapped) return all;
  const int most = first_round(config);
  all[0].stages_ahead = std::min(all[0].stages_ahead, most);
  for (bool early : {false, true})
    for (int ahead : {1, 2, 4, most}) {
      const Overlap overlap = {std::min(ahead, most), early};
      const bool known = std::find(all.begin(), all.end(), overlap) != all.end();
      if (!known && (chain == Chain::kPdl || !early)) all.push_back(overlap);
    }
  return all;
}

}  // namespace jitgemm::plan
