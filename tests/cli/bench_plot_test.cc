#include "tools/cli/bench_plot.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cli {
namespace {

using ::testing::SizeIs;

BenchRow plot_row(int64_t n, int64_t m) {
  return {.desc = {.n = n, .k = 2048},
          .m = m,
          .ours = {.median_us = 5},
          .ours_pdl = {.median_us = 4},
          .floor_us = 3,
          .pdl_floor_us = 2};
}

// The time of the line of that name at its only point.
double us_of(const Plot& plot, const std::string& name, size_t panel = 0) {
  for (size_t i = 0; i < plot.series.size(); ++i)
    if (plot.series[i].name == name) {
      EXPECT_THAT(plot.panels[panel].lines[i], SizeIs(1)) << name;
      return plot.panels[panel].lines[i].at(0).us;
    }
  ADD_FAILURE() << "no series " << name;
  return 0;
}

TEST(BenchPlotTest, EachTimeIsOnItsLine) {
  BenchRow full = plot_row(128, 16);
  full.peer = harness::Timing{.median_us = 9};
  full.anchor = Anchor{.desc = full.desc, .m = 16, .best_us = 8, .cublaslt_us = 10};
  const Plot plot = bench_plot("a GPU", {full});
  EXPECT_EQ(plot.title, "FP8 GEMM on a GPU");
  EXPECT_EQ(us_of(plot, "ours"), 5);
  EXPECT_EQ(us_of(plot, "ours, PDL"), 4);
  EXPECT_EQ(us_of(plot, "cuBLASLt"), 9);
  EXPECT_EQ(us_of(plot, "best of anchors"), 8);
  EXPECT_EQ(us_of(plot, "floor"), 3);
  EXPECT_EQ(us_of(plot, "floor, PDL"), 2);
}

TEST(BenchPlotTest, EachShapeHasAPanel) {
  const Plot plot = bench_plot("", {plot_row(128, 1), plot_row(256, 1), plot_row(128, 8)});
  ASSERT_THAT(plot.panels, SizeIs(2));
  EXPECT_EQ(plot.panels[0].title, "N = 128, K = 2048");
  EXPECT_THAT(plot.panels[0].lines[0], SizeIs(2));
  EXPECT_EQ(plot.panels[1].title, "N = 256, K = 2048");
  EXPECT_THAT(plot.panels[1].lines[0], SizeIs(1));
}

TEST(BenchPlotTest, WithoutAPeerItsLineIsEmpty) {
  const Plot plot = bench_plot("", {plot_row(128, 1)});
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const std::string& name = plot.series[i].name;
    const bool is_peer = name == "cuBLASLt" || name == "best of anchors";
    EXPECT_EQ(plot.panels[0].lines[i].empty(), is_peer) << name;
  }
}

TEST(BenchPlotTest, AFileHoldsTheLastPicture) {
  const TemporaryDirectory folder;
  const std::string path = folder.string() + "/plot.svg";
  const Plot plot = bench_plot("", {plot_row(128, 1)});
  ASSERT_TRUE(
      write_plot(path, bench_plot("", {plot_row(128, 1), plot_row(256, 1), plot_row(512, 1)}))
          .ok());
  ASSERT_TRUE(write_plot(path, plot).ok());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), to_svg(plot));
  EXPECT_EQ(write_plot("/nowhere/plot.svg", plot).code(), StatusCode::kIoError);
  EXPECT_EQ(write_plot("/dev/full", plot).code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace jitgemm::cli
