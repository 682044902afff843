#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

Outcome explain(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"explain", "--n", "7168", "--k", "2048", "--m", "16"});
  return Command()(more);
}

TEST(ExplainTest, NamesTheKernelTheReasonAndTheDigest) {
  const Outcome outcome = explain();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              MatchesRegex("kernel +n7168_k2048[^\n]*\nreason +[^\n]+\nkey +[0-9a-f]+\n"));
}

TEST(ExplainTest, NeedsNoNvrtcAndNoDriver) {
  EXPECT_EQ(explain({"--nvrtc", "/nonexistent", "--driver", "/nonexistent"}).exit_code, 0);
}

TEST(ExplainTest, SourceIsThePageThatIsCompiled) {
  EXPECT_THAT(explain({"--source"}).out, HasSubstr("#include"));
  EXPECT_THAT(explain().out, Not(HasSubstr("#include")));
}

TEST(ExplainTest, JsonHasWhatWasAskedFor) {
  const auto brief = explain({"--json"}).json();
  EXPECT_TRUE(brief.contains("kernel") && brief.contains("reason") && brief.contains("key"));
  EXPECT_FALSE(brief.contains("source") || brief.contains("key_text") ||
               brief.contains("candidates"));

  const auto full = explain({"--json", "--source", "--key", "--candidates"}).json();
  EXPECT_EQ(full["kernel"], brief["kernel"]);
  EXPECT_THAT(full["source"].get<std::string>(), HasSubstr("#include"));
  EXPECT_THAT(full["key_text"].get<std::string>(), HasSubstr("sm_90a"));
}

TEST(ExplainTest, EveryCandidateHasATimeOrAReason) {
  const auto candidates = explain({"--json", "--candidates"}).json()["candidates"];
  ASSERT_GT(candidates.size(), 1u);
  for (const auto& candidate : candidates) {
    EXPECT_FALSE(candidate["kernel"].get<std::string>().empty());
    EXPECT_NE(candidate.contains("predicted_us"), candidate.contains("rejected")) << candidate;
  }
}

TEST(ExplainTest, KeyIsTheFirstPartOfTheEntrysNameOnDisk) {
  const Command jitgemm;
  const std::string shapes = jitgemm.write("shapes.csv", "n,k\n256,512\n");
  ASSERT_EQ(jitgemm({"prewarm", "--shapes", shapes, "--m-max", "1"}).exit_code, 0);
  const std::string key =
      jitgemm({"explain", "--n", "256", "--k", "512", "--m", "1", "--json"}).json()["key"];
  EXPECT_THAT(jitgemm({"cache", "ls"}).out, HasSubstr(key + "-"));
}

}  // namespace
}  // namespace jitgemm::cli
