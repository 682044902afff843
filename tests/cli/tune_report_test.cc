#include "tools/cli/bench/tune_report.h"

#include <gtest/gtest.h>

namespace jitgemm::cli {
namespace {

harness::Contender contender() {
  harness::Contender contender;
  contender.overlap = {.stages_ahead = 4, .stages_fetched = 3, .release_early = true};
  contender.predicted_us = 5;
  contender.us = 6;
  contender.relative_error = 1e-3;
  return contender;
}

TEST(TuneReportTest, JsonHasEachFigureUnderItsName) {
  harness::Contender one = contender();
  one.pdl = true;
  const RankedKernel ranked = {
      .desc = {.n = 7168, .k = 2048}, .m = 16, .rank = 2, .best_us = 4, .contender = one};
  const nlohmann::ordered_json expected = {{"n", 7168},
                                           {"k", 2048},
                                           {"m", 16},
                                           {"pdl", true},
                                           {"rank", 2},
                                           {"kernel", one.config.name()},
                                           {"stages_ahead", 4},
                                           {"stages_fetched", 3},
                                           {"release", "early"},
                                           {"chosen", false},
                                           {"us", 6.0},
                                           {"over_best", 1.5},
                                           {"predicted_us", 5.0},
                                           {"relative_error", 1e-3},
                                           {"failure", ""}};
  EXPECT_EQ(to_json(ranked), expected);
}

TEST(TuneReportTest, ChosenAndFailedKernelsAreMarked) {
  harness::Contender one = contender();
  one.chosen = true;
  one.overlap.release_early = false;
  one.failure = Status(StatusCode::kInternal, "wrong");
  const RankedKernel ranked = {
      .desc = {.n = 7168, .k = 2048}, .m = 16, .rank = 1, .best_us = 0, .contender = one};
  EXPECT_EQ(tune_line(ranked), "   1.     6.00 us   0.000  model     5.00  " + one.config.name() +
                                   ", " + one.overlap.text() + "  <- planner  FAILED: wrong");
  EXPECT_EQ(to_json(ranked)["failure"], "wrong");
  EXPECT_EQ(to_json(ranked)["release"], "late");
  EXPECT_EQ(to_json(ranked)["over_best"], 0);
  EXPECT_EQ(to_json(ranked)["chosen"], true);
}

}  // namespace
}  // namespace jitgemm::cli
