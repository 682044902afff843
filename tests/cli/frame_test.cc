// The frame of all subcommands: usage errors, help, version, variables.
#include <gmock/gmock.h>

#include <iterator>
#include <sstream>

#include <jitgemm/version.h>
#include "tests/cli/command.h"
#include "tests/paths.h"

namespace jitgemm::cli {
namespace {

using ::testing::ContainsRegex, ::testing::HasSubstr, ::testing::IsEmpty, ::testing::Not;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

// Separated by "|"; the first has no word.
constexpr char kWrongCommands[] = R"(| frobnicate | --frobnicate |
prewarm | prewarm --model | prewarm --model GPT-2 | prewarm --shapes /nonexistent.csv |
prewarm --model DeepSeek-V3 --tp 3 | prewarm --model DeepSeek-V3 --tp eight |
prewarm --model DeepSeek-V3 --shapes shapes.csv | prewarm --model DeepSeek-V3 --gpu A100 |
prewarm --model DeepSeek-V3 --m-max 0 | prewarm --model DeepSeek-V3 --jobs 0 |
bench | bench --model GPT-2 | bench --model DeepSeek-V3 --shapes shapes.csv |
bench --model DeepSeek-V3 --m 0 | bench --n 7168 | bench --anchors /nonexistent.csv |
tune | tune --model DeepSeek-V3 --tp 3 | tune --shapes /nonexistent.csv |
tune --n 8 --k 16 --m 0 |
explain --n 7168 --k 2048 | explain --n 7168 --k 2048 --m 16.5 |
explain --n 7167 --k 2048 --m 16 | explain --n 7168 --k 2048 --m -1 |
explain --n 7168 --k 2048 --m 16 --gpu B200 | doctor now | doctor --log loud |
cache | cache frobnicate | cache rm | cache inspect | cache extract abcd |
cache explain --n 256 --k 512)";

TEST(FrameTest, InvalidCommandLinesExitWith2AndAMessage) {
  const Command jitgemm;
  std::istringstream commands(kWrongCommands);
  for (std::string wrong; std::getline(commands, wrong, '|');) {
    const Outcome outcome = jitgemm(words_of(wrong));
    SCOPED_TRACE(wrong);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, Not(IsEmpty()));
  }
}

TEST(FrameTest, UsageErrorsNameWhatWasGiven) {
  const Command jitgemm;
  EXPECT_THAT(jitgemm({"prewarm", "--model", "DeepSeek-V3", "--tp", "3"}).err,
              HasSubstr("DeepSeek-V3: tp = 3 does not divide the 128 attention heads"));
  EXPECT_THAT(jitgemm({"prewarm", "--model", "GPT-2"}).err, HasSubstr("'GPT-2'"));
  EXPECT_THAT(jitgemm({"explain", "--n", "7167", "--k", "2048", "--m", "16"}).err,
              HasSubstr("n = 7167 is not a multiple of 8"));
  EXPECT_THAT(jitgemm({"prewarm", "--model", "DeepSeek-V3", "--gpu", "B200"}).err,
              HasSubstr("B200"));
}

TEST(FrameTest, VersionIsTheLibrarys) {
  const Outcome outcome = Command()({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "jitgemm " JITGEMM_VERSION_STRING "\n");
}

TEST(FrameTest, HelpOfTheCommandNamesExitCodesAndVariables) {
  const Outcome outcome = Command()({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* word :
       {"Exit codes", "JITGEMM_CACHE_DIR", "JITGEMM_NVRTC", "JITGEMM_DRIVER", "JITGEMM_LOG"})
    EXPECT_THAT(outcome.out, HasSubstr(word));
}

// Each command with its own options, arguments or verbs.
const std::pair<const char*, const char*> kCommands[] = {
    {"",
     "--cache-dir --read-only-cache-dirs --trusted-cache-owners --cache-max-bytes --cache-lock-dir "
     "--public-key --private-key --nvrtc --driver --tuning-table --no-embedded-table "
     "--batch-invariant --log -v,--verbose --json prewarm run bench tune explain doctor cache"},
    {"prewarm",
     "--n --k --model --hf-config --shapes --tp --ep --bias --shard --m-max --jobs --gpu "
     "--manifest --write-manifest --require-complete"},
    {"run", "--n --k --m --form --scale-layout"},
    {"bench",
     "--n --k --model --hf-config --shapes --tp --ep --m --anchors --csv --form --no-peer "
     "--no-check"},
    {"tune",
     "--n --k --model --hf-config --shapes --tp --ep --m --top --configs --form --pdl "
     "--write-table --csv"},
    {"explain", "--n --k --m --bias --gpu --pdl --candidates --key --source"},
    {"doctor", ""},
    {"cache", "stats ls verify inspect extract explain rm clear evict sign"},
    {"cache stats", ""},
    {"cache ls", ""},
    {"cache verify", ""},
    {"cache inspect", "ENTRY"},
    {"cache extract", "ENTRY -o,--output"},
    {"cache explain", "--n --k --m --bias --gpu --pdl"},
    {"cache rm", "NAME --dry-run"},
    {"cache clear", "--dry-run"},
    {"cache evict", "--max-bytes --dry-run"},
    {"cache sign", ""},
};

TEST(FrameTest, HelpOfEveryCommandListsItsOptionsInAHundredColumns) {
  const Command jitgemm;
  for (const auto& [command, listed] : kCommands) {
    std::vector<std::string> arguments = words_of(command);
    arguments.push_back("--help");
    const Outcome outcome = jitgemm(arguments);
    SCOPED_TRACE(command);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("--cache-dir"));
    for (const std::string& item : words_of(listed))
      EXPECT_THAT(outcome.out, ContainsRegex("\n  " + item + "[ ,\n]"));
    std::istringstream help(outcome.out);
    for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(FrameTest, ValidShapesNeedAGpuToBeMeasured) {
  const Command jitgemm(Variables{{"JITGEMM_DRIVER", "/nonexistent"}});
  for (const char* command : {"bench", "tune"}) {
    const Outcome outcome = jitgemm({command, "--model", "DeepSeek-V3", "--tp", "8"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.err, HasSubstr("experts.down_proj"));
    EXPECT_THAT(outcome.err, HasSubstr("/nonexistent"));
  }
}

TEST(FrameTest, SharedOptionsAreAcceptedBeforeAndAfterTheSubcommand) {
  const Command jitgemm;
  const std::vector<std::string> shape = {"--n", "128", "--k", "128", "--m", "8"};
  std::vector<std::string> before = {"--json", "explain"}, after = {"explain"};
  before.insert(before.end(), shape.begin(), shape.end());
  after.insert(after.end(), shape.begin(), shape.end());
  after.push_back("--json");
  EXPECT_EQ(jitgemm(before).exit_code, 0);
  EXPECT_EQ(jitgemm(before).out, jitgemm(after).out);
}

// The cache folder that a command with these variables and arguments would use.
std::string cache_dir(const Variables& variables, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), {"doctor", "--json"});
  return Command(variables)(arguments).json()["cache"].value("path", "no path");
}

TEST(FrameTest, CacheFolderComesFromTheOptionThenTheVariableThenTheUser) {
  EXPECT_EQ(cache_dir({{"HOME", ""}}), "");
  EXPECT_EQ(cache_dir({{"HOME", "/h"}}), "/h/.cache/jitgemm");
  EXPECT_EQ(cache_dir({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}), "/x/jitgemm");
  EXPECT_EQ(cache_dir({{"HOME", "/h"}, {"XDG_CACHE_HOME", "relative"}}), "/h/.cache/jitgemm");
  EXPECT_EQ(cache_dir({{"XDG_CACHE_HOME", "/x"}, {"JITGEMM_CACHE_DIR", "/v"}}), "/v");
  EXPECT_EQ(cache_dir({{"JITGEMM_CACHE_DIR", "/v"}}, {"--cache-dir", "/o"}), "/o");
}

TEST(FrameTest, ResultThatCannotBeWrittenIsAFailure) {
  const std::string command = std::string(paths::kCli) + " --version >/dev/full 2>/dev/null";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace jitgemm::cli
