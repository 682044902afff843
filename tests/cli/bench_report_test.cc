// What bench and tune print, and the table that they write.
#include "tools/cli/bench/report.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "tests/cache/files.h"
#include "tests/runtime/temporary_directory.h"
#include "tools/cli/csv.h"

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
  result.anchor = Anchor{.best_us = best_us, .cublaslt_us = peer_then_us};
  result.peer_us = peer_us;
  return result;
}

// The calibration is one factor, the mean of cuBLASLt now over then. PDL is compared with the same
// best.
TEST(BenchReportTest, EachRangeHasItsRatiosAndNamesItsWorstPoint) {
  const std::pair<std::vector<BenchRow>, std::vector<const char*>> kSummaries[] = {
      {{anchored(1, 5, 10, 22, 20), anchored(8, 5, 10, 11, 10)},
       {"= 1.100\n", "M 1..64", "0.500 (0.455 calibrated)"}},
      {{anchored(1, 5, 10, 10, 20), anchored(65, 5, 10, 20, 10)},
       {"= 1.000\n", "M 1..64     cublaslt / then 0.500, worst 0.500",
        "M 65..1023  cublaslt / then 2.000, worst 2.000"}},
      {{anchored(1, 8, 10, 1, 1), anchored(64, 12, 10, 1, 1), anchored(1024, 30, 10, 1, 1),
        anchored(8192, 20, 10, 1, 1)},
       {"worst 1.200 at n = 7168, k = 2048, m = 64; 2 points",
        "worst 3.000 at n = 7168, k = 2048, m = 1024; 2 points"}},
      {{anchored(16, 8, 10, 1, 1)}, {"PDL / best      0.400"}},
      {{report_row(16, 8), report_row(65, 8)},
       {"M 1..64     time / floor    4.000, worst 4.000",
        "M 1..64     PDL / PDL floor 2.500, worst 2.500"}},
  };
  for (const auto& [rows, lines] : kSummaries)
    for (const char* line : lines) EXPECT_THAT(bench_summary(rows), HasSubstr(line));
  EXPECT_THAT(bench_summary(kSummaries[2].first), Not(HasSubstr("M 65..1023")));
}

TEST(BenchReportTest, WrongResultOfEachKernelIsCountedAndShown) {
  BenchRow wrong = report_row(16, 5);
  wrong.check = harness::Check{.relative_error = 1};
  EXPECT_NE(wrong.failure(), "");
  EXPECT_THAT(bench_line(wrong), HasSubstr("WRONG"));
  EXPECT_THAT(bench_summary({report_row(16, 5), wrong}), HasSubstr("2 points, 1 wrong"));

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
  row.peer_us = 16;
  row.anchor = Anchor{.best_us = 20, .cublaslt_us = 32};
  const auto expected = nlohmann::ordered_json::parse(R"({
      "n": 7168, "k": 2048, "m": 16, "kernel": "plain", "pdl_kernel": "pdl",
      "us": 8, "us_min": 7, "us_max": 9, "pdl_us": 5, "pdl_us_min": 4, "pdl_us_max": 6,
      "tflops": 500, "gb_per_s": 2500,
      "floor_us": 2, "floor_share": 0.25, "pdl_floor_us": 1, "pdl_floor_share": 0.2,
      "cublaslt_us": 16, "over_cublaslt": 0.5,
      "best_us": 20, "over_best": 0.4, "pdl_over_best": 0.25,
      "relative_error": 1e-3, "worst_share_of_bound": 0.25,
      "pdl_relative_error": 2e-3, "pdl_worst_share_of_bound": 0.5, "failure": ""})");
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

// ---- jitgemm tune ----

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
  auto expected = nlohmann::ordered_json::parse(R"({
      "n": 7168, "k": 2048, "m": 16, "pdl": true, "rank": 2, "kernel": "",
      "stages_ahead": 4, "stages_fetched": 3, "release": "early", "chosen": false,
      "us": 6, "over_best": 1.5, "predicted_us": 5, "relative_error": 1e-3, "failure": ""})");
  expected["kernel"] = one.config.name();
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

// ---- the table of --csv ----

TEST(TableFileTest, HeaderIsWrittenOnceAndEachRowAtOnce) {
  const TemporaryDirectory folder;
  const std::string path = folder.string() + "/table.csv";
  Result<TableFile> table = TableFile::create(path);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_TRUE(table->add({{"m", 1}, {"us", 2.5}, {"kernel", "a\"s"}, {"peer", nullptr}}).ok());
  EXPECT_EQ(cache::read_file(path), "m,us,kernel,peer\n1,2.5,\"a\"\"s\",\n");
  EXPECT_TRUE(table->add({{"m", 2}, {"us", 3.5}, {"kernel", "b, \"c\""}, {"peer", 4}}).ok());
  EXPECT_EQ(cache::read_file(path),
            "m,us,kernel,peer\n1,2.5,\"a\"\"s\",\n2,3.5,\"b, \"\"c\"\"\",4\n");
}

TEST(TableFileTest, EmptyPathWritesNothing) {
  Result<TableFile> table = TableFile::create("");
  ASSERT_TRUE(table.ok());
  EXPECT_TRUE(table->add({{"m", 1}}).ok());
}

TEST(TableFileTest, FileThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(TableFile::create("/nowhere/table.csv").status().code(), StatusCode::kIoError);
  Result<TableFile> full = TableFile::create("/dev/full");
  ASSERT_TRUE(full.ok()) << full.status().message();
  EXPECT_EQ(full->add({{"m", 1}}).code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace jitgemm::cli
