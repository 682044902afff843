// jitgemm run, bench and tune from end to end, on a driver whose launches take 8 us, or 4 with PDL.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "tests/cli/command.h"
#include "tests/paths.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;

// The text with single blanks and without what the planner and its table decide: names of kernels,
// predicted times, overlaps and keys.
std::string undecided(std::string text) {
  constexpr std::pair<const char*, const char*> kDecided[] = {
      {"n7168_k2048_[a-z0-9_]+", "K"},
      {", [0-9]+ stages? ahead, [0-9]+ fetched, releases (early|late)", ""},
      {"model +[0-9.]+  | ahead=.*(early|late)|[0-9a-f]{32}", ""},
      {" +", " "}};
  for (const auto& [pattern, replacement] : kDecided)
    text = std::regex_replace(text, std::regex(pattern), replacement);
  return text;
}

Outcome measured(std::vector<std::string> arguments, Variables variables = {}) {
  variables["JITGEMM_DRIVER"] = paths::kStubDriver;
  arguments.insert(arguments.begin() + 1, {"--n", "7168", "--k", "2048"});
  Outcome outcome = Command(variables)(arguments);
  outcome.out = undecided(outcome.out);
  return outcome;
}

TEST(MeasureTest, RunShowsEachFigureUnderItsName) {
  const Outcome outcome = measured({"run", "--m", "16", "--scale-layout", "k"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "gpu NVIDIA H200\nn 7168\nk 2048\nm 16\nkernel K\nok true\nfailure -\n"
            "relative error 0.001\nworst share of bound 0.5\nus 8\nus min 4\nus max 12\n"
            "tflops 58.72\ngb per s 1868.4\n");
}

TEST(MeasureTest, BenchComparesWithTheFloorAndTheAnchors) {
  const Command files;
  const std::string anchors =
      files.write("anchors.csv", "n,k,m,best_us,cublaslt_us\n7168,2048,16,10,20\n");
  const Outcome outcome = measured({"bench", "--m", "16,8", "--no-peer", "--anchors", anchors});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, R"(NVIDIA H200
 n k m us TFLOP/s GB/s floor cublaslt ratio best ratio PDL us floor error kernel
 7168 2048 16 8.00 58.7 1868 50% - - 10.00 0.80 4.00 50% 1.00e-03 K PDL: K
 7168 2048 8 8.00 29.4 1852 50% - - - - 4.00 50% 1.00e-03 K PDL: K

M 1..64 time / best 0.800, worst 0.800 at n = 7168, k = 2048, m = 16; 1 points
M 1..64 PDL / best 0.400, worst 0.400 at n = 7168, k = 2048, m = 16; 1 points
M 1..64 time / floor 2.000, worst 2.000 at n = 7168, k = 2048, m = 16; 2 points
M 1..64 PDL / PDL floor 2.000, worst 2.000 at n = 7168, k = 2048, m = 16; 2 points
2 points, 0 wrong
)");
}

TEST(MeasureTest, TuneRanksBothChainsAndWritesTheirWinnersOnce) {
  const Command files;
  const std::string table = files.write("table.txt", "");
  const std::vector<std::string> arguments = {"tune", "--m",           "8,16", "--top",
                                              "1",    "--write-table", table};
  const Outcome outcome = measured(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::string expected;
  for (int m : {8, 16})
    for (bool pdl : {false, true}) {
      expected += fmt::format("\nn = 7168, k = 2048, m = {}{}\n", m, pdl ? ", PDL" : "");
      for (int rank = 1; rank <= 5; ++rank)
        expected += fmt::format(" {}. {}.00 us 1.000 K{}\n", rank, pdl ? 4 : 8,
                                rank == 1 ? " <- planner" : "");
    }
  EXPECT_EQ(outcome.out, expected);
  std::ostringstream written;
  written << std::ifstream(table).rdbuf();
  EXPECT_EQ(undecided(written.str()),
            "jitgemm-tuning-table 1\ndevice H200\nplain 1..8 K family=1 us=8.00 key=\n"
            "pdl 1..8 K family=1 us=4.00 key=\nplain 9..16 K family=1 us=8.00 key=\n"
            "pdl 9..16 K family=1 us=4.00 key=\n");
  EXPECT_EQ(measured(arguments).out, "");  // it has these points
}

// The first result that is checked is wrong: of two points, the first one's.
TEST(MeasureTest, AWrongResultIsNamedAndExitsWith1) {
  const std::pair<std::vector<std::string>, std::string> kCommands[] = {
      {{"run", "--m", "8"}, "ok false\nfailure "},
      {{"bench", "--m", "8,16", "--no-peer"}, " WRONG: "},
      {{"tune", "--m", "8,16", "--top", "1"}, "0.00 us 0.000 K <- planner FAILED: "}};
  for (const auto& [arguments, before] : kCommands) {
    const Outcome outcome = measured(arguments, {{"STUB_CUDA_WRONG", "1"}});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(before + "relative error 1 is above 0.0025"));
  }
}

}  // namespace
}  // namespace jitgemm::cli
