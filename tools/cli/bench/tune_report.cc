#include "tools/cli/bench/tune_report.h"

#include <fmt/format.h>

namespace jitgemm::cli {

std::string tune_line(const RankedKernel& kernel) {
  const harness::Contender& contender = kernel.contender;
  return fmt::format(
      "{:>4}. {:>8.2f} us  {:>6.3f}  model {:>8.2f}  {}, {}{}{}", kernel.rank, contender.us,
      kernel.over_best(), contender.predicted_us, contender.config.name(), contender.overlap.text(),
      contender.chosen ? "  <- planner" : "",
      contender.failure.ok() ? "" : fmt::format("  FAILED: {}", contender.failure.message()));
}

nlohmann::ordered_json to_json(const RankedKernel& kernel) {
  const harness::Contender& contender = kernel.contender;
  return {{"n", kernel.desc.n},
          {"k", kernel.desc.k},
          {"m", kernel.m},
          {"pdl", contender.pdl},
          {"rank", kernel.rank},
          {"kernel", contender.config.name()},
          {"stages_ahead", contender.overlap.stages_ahead},
          {"stages_fetched", contender.overlap.stages_fetched},
          {"release", contender.overlap.release_early ? "early" : "late"},
          {"chosen", contender.chosen},
          {"us", contender.us},
          {"over_best", kernel.over_best()},
          {"predicted_us", contender.predicted_us},
          {"relative_error", contender.relative_error},
          {"failure", std::string(contender.failure.message())}};
}

}  // namespace jitgemm::cli
