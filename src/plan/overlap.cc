#include "src/plan/overlap.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

constexpr int kDeepRing = 6;  // stages; such rings gain from more stages ahead (kernels/notes/021)

// Stages that the block of the longest slice fills before it waits for a released one.
int first_round(const KernelConfig& c, int k) {
  const int steps = ceil_div(ceil_div(k, kBlockK), c.k_blocks);
  return std::min(c.stages, ceil_div(steps, c.split));
}

}  // namespace

std::string Overlap::text() const {
  return fmt::format("{} stage{} ahead, {} fetched, releases {}", stages_ahead,
                     stages_ahead == 1 ? "" : "s", stages_fetched,
                     release_early ? "early" : "late");
}

Overlap fitted(const Overlap& overlap, const KernelConfig& config, int64_t k) {
  Overlap fit = overlap;
  fit.stages_ahead =
      std::min(fit.stages_ahead,
               config.form == Form::kSwapped ? first_round(config, static_cast<int>(k)) : 1);
  fit.stages_fetched = std::min(fit.stages_fetched, fit.stages_ahead);
  return fit;
}

Overlap usual_overlap(const KernelConfig& config) {
  const bool deep = config.form == Form::kSwapped && first_round(config, config.k) >= kDeepRing;
  return fitted(deep ? Overlap{.stages_ahead = 4, .stages_fetched = 2} : Overlap(), config,
                config.k);
}

std::vector<Overlap> overlaps_of(const KernelConfig& config, Chain chain) {
  std::vector<Overlap> all;
  const auto add = [&](const Overlap& overlap) {
    const Overlap fit = fitted(overlap, config, config.k);
    if (std::find(all.begin(), all.end(), fit) == all.end()) all.push_back(fit);
  };
  add(usual_overlap(config));
  if (config.form != Form::kSwapped) return all;
  for (int fetched : {0, 1, 2}) {
    for (int ahead : {1, 2, 4, kMaxStages}) add({.stages_ahead = ahead, .stages_fetched = fetched});
    if (chain == Chain::kPdl)
      for (int ahead : {2, kMaxStages})
        add({.stages_ahead = ahead, .stages_fetched = fetched, .release_early = true});
  }
  return all;
}

}  // namespace jitgemm::plan
