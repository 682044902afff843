#include "tools/cli/bench/report.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "tools/cli/bench/help.h"

namespace jitgemm::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

BenchRow report_row(int64_t m, double us) {
  return {.desc = {.n = 7168, .k = 2048},
          .m = m,
          .kernel = "a_kernel",
          .pdl_kernel = "a_kernel",
          .ours = {.median_us = us},
          .ours_pdl = {.median_us = us / 2},
          .floor_us = us / 4,
          .pdl_floor_us = us / 5};
}

BenchRow anchored(int64_t m, double us, double best_us, double peer_us, double peer_then_us) {
  BenchRow result = report_row(m, us);
  result.anchor =
      Anchor{.desc = result.desc, .m = m, .best_us = best_us, .cublaslt_us = peer_then_us};
  result.peer = harness::Timing{.median_us = peer_us};
  return result;
}

TEST(BenchReportTest, CalibrationIsTheMeanOfCublasLtNowOverThen) {
  const std::string text = bench_summary({anchored(1, 5, 10, 22, 20), anchored(8, 5, 10, 11, 10)});
  EXPECT_THAT(text, HasSubstr("= 1.100\n"));
  EXPECT_THAT(text, HasSubstr("M 1..64"));
  EXPECT_THAT(text, HasSubstr("0.500 (0.455 calibrated)"));
}

TEST(BenchReportTest, CalibrationIsOneFactorAndIsAlsoShownByRange) {
  const std::string text = bench_summary({anchored(1, 5, 10, 10, 20), anchored(65, 5, 10, 20, 10)});
  EXPECT_THAT(text, HasSubstr("= 1.000\n"));
  EXPECT_THAT(text, HasSubstr("M 1..64     cublaslt / then 0.500, worst 0.500"));
  EXPECT_THAT(text, HasSubstr("M 65..1023  cublaslt / then 2.000, worst 2.000"));
}

TEST(BenchReportTest, EachRangeNamesItsWorstPoint) {
  const std::string text =
      bench_summary({anchored(1, 8, 10, 1, 1), anchored(64, 12, 10, 1, 1),
                     anchored(1024, 30, 10, 1, 1), anchored(8192, 20, 10, 1, 1)});
  EXPECT_THAT(text, HasSubstr("worst 1.200 at n = 7168, k = 2048, m = 64; 2 points"));
  EXPECT_THAT(text, HasSubstr("worst 3.000 at n = 7168, k = 2048, m = 1024; 2 points"));
  EXPECT_THAT(text, Not(HasSubstr("M 65..1023")));
}

TEST(BenchReportTest, PdlIsComparedWithTheSameBest) {
  const BenchRow one = anchored(16, 8, 10, 1, 1);
  EXPECT_THAT(bench_summary({one}), HasSubstr("PDL / best      0.400"));
}

TEST(BenchReportTest, WrongResultIsCountedAndShown) {
  BenchRow wrong = report_row(16, 5);
  wrong.check = harness::Check{.relative_error = 1};
  EXPECT_NE(wrong.failure(), "");
  EXPECT_THAT(bench_line(wrong), HasSubstr("WRONG"));
  EXPECT_THAT(bench_summary({report_row(16, 5), wrong}), HasSubstr("2 points, 1 wrong"));
}

TEST(BenchReportTest, WrongResultOfThePdlKernelIsNamedAsItsOwn) {
  BenchRow wrong = report_row(16, 5);
  wrong.check = harness::Check{.relative_error = 1e-3};
  wrong.pdl_check = wrong.check;
  EXPECT_EQ(wrong.failure(), "");
  wrong.pdl_check->touched = 1;
  EXPECT_THAT(wrong.failure(), testing::StartsWith("PDL: "));
  EXPECT_THAT(bench_summary({wrong}), HasSubstr("1 points, 1 wrong"));
}

TEST(BenchReportTest, PdlKernelIsNamedIfItDiffers) {
  BenchRow one = report_row(16, 5);
  EXPECT_THAT(bench_line(one), testing::EndsWith(" a_kernel"));
  one.pdl_kernel = "another";
  EXPECT_THAT(bench_line(one), testing::EndsWith(" a_kernel  PDL: another"));
}

TEST(BenchReportTest, EachChainHasTheShareOfItsFloor) {
  EXPECT_THAT(bench_line(report_row(16, 8)), testing::ContainsRegex(" 25% .* 40% "));
  const std::string text = bench_summary({report_row(16, 8), report_row(65, 8)});
  EXPECT_THAT(text, HasSubstr("M 1..64     time / floor    4.000, worst 4.000"));
  EXPECT_THAT(text, HasSubstr("M 1..64     PDL / PDL floor 2.500, worst 2.500"));
}

// Words of the help are separated by blanks and commas.
TEST(BenchReportTest, HelpExplainsEveryColumn) {
  std::string help = kBenchHelp;
  std::replace(help.begin(), help.end(), ',', ' ');
  std::istringstream text(help);
  const std::vector<std::string> words(std::istream_iterator<std::string>(text), {});
  const nlohmann::ordered_json json = to_json(report_row(1, 5));
  for (const auto& [name, value] : json.items()) EXPECT_THAT(words, testing::Contains(name));
}

TEST(BenchReportTest, JsonHasTheSameMembersWithAndWithoutAPeer) {
  std::vector<std::string> names[2];
  const BenchRow rows[] = {report_row(16, 5), anchored(16, 5, 10, 11, 12)};
  for (int i = 0; i < 2; ++i) {
    const nlohmann::ordered_json json = to_json(rows[i]);
    for (const auto& [name, value] : json.items()) names[i].push_back(name);
  }
  EXPECT_EQ(names[0], names[1]);
  EXPECT_TRUE(to_json(rows[0])["cublaslt_us"].is_null());
}

TEST(BenchReportTest, JsonHasEachFigureUnderItsName) {
  BenchRow row = {.desc = {.n = 7168, .k = 2048},
                  .m = 16,
                  .kernel = "plain",
                  .pdl_kernel = "pdl",
                  .ours = {.median_us = 8, .min_us = 7, .max_us = 9},
                  .ours_pdl = {.median_us = 5, .min_us = 4, .max_us = 6},
                  .floor_us = 2,
                  .pdl_floor_us = 1,
                  .flops = 4e9,
                  .bytes = 2e7};
  row.check = harness::Check{.relative_error = 1e-3, .worst_share = 0.25};
  row.pdl_check = harness::Check{.relative_error = 2e-3, .worst_share = 0.5};
  row.peer = harness::Timing{.median_us = 16};
  row.anchor = Anchor{.desc = row.desc, .m = 16, .best_us = 20, .cublaslt_us = 32};
  const nlohmann::ordered_json expected = {{"n", 7168},
                                           {"k", 2048},
                                           {"m", 16},
                                           {"kernel", "plain"},
                                           {"pdl_kernel", "pdl"},
                                           {"us", 8.0},
                                           {"us_min", 7.0},
                                           {"us_max", 9.0},
                                           {"pdl_us", 5.0},
                                           {"pdl_us_min", 4.0},
                                           {"pdl_us_max", 6.0},
                                           {"tflops", 4e9 / 8.0 * 1e-6},
                                           {"gb_per_s", 2e7 / 8.0 * 1e-3},
                                           {"floor_us", 2.0},
                                           {"floor_share", 2.0 / 8.0},
                                           {"pdl_floor_us", 1.0},
                                           {"pdl_floor_share", 1.0 / 5.0},
                                           {"cublaslt_us", 16.0},
                                           {"over_cublaslt", 8.0 / 16.0},
                                           {"best_us", 20.0},
                                           {"over_best", 8.0 / 20.0},
                                           {"pdl_over_best", 5.0 / 20.0},
                                           {"relative_error", 1e-3},
                                           {"worst_share_of_bound", 0.25},
                                           {"pdl_relative_error", 2e-3},
                                           {"pdl_worst_share_of_bound", 0.5},
                                           {"failure", ""}};
  EXPECT_EQ(to_json(row), expected);
}

TEST(BenchReportTest, LineHasEachFigureUnderItsColumn) {
  BenchRow row = anchored(16, 8, 20, 16, 32);
  row.ours_pdl.median_us = 5;
  row.pdl_floor_us = 1.5;
  row.flops = 4e9;
  row.bytes = 2e7;
  row.check = harness::Check{.relative_error = 1e-3};
  row.pdl_check = harness::Check{.relative_error = 2e-3};
  EXPECT_EQ(bench_header() + "\n" + bench_line(row),
            "     n      k      m        us  TFLOP/s    GB/s  floor  cublaslt  ratio      best  "
            "ratio    PDL us  floor  error     kernel\n"
            "  7168   2048     16      8.00    500.0    2500    25%     16.00   0.50     20.00  "
            " 0.40      5.00    30%  2.00e-03  a_kernel");
  EXPECT_THAT(bench_line(report_row(16, 8)), HasSubstr(" 25%         -      -         -      -"));
}

}  // namespace
}  // namespace jitgemm::cli
