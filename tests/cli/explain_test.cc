#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include <jitgemm/inspect.h>

#include "tests/cli/command.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr, ::testing::Not, ::testing::StartsWith;

Outcome explain(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"explain", "--n", "7168", "--k", "2048", "--m", "16"});
  return Command()(more);
}

// A line with the field and its meaning, as explain and its help print it.
MATCHER_P(HasRow, field, field.text) {
  const size_t at = arg.find("\n  " + field.text + " ");
  return at != arg.npos &&
         arg.substr(at + 1, arg.find('\n', at + 1) - at - 1).ends_with("  " + field.meaning);
}

TEST(ExplainTest, NamesTheKernelTheReasonTheDigestAndTheFieldsOfTheName) {
  const Outcome outcome = explain();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const Explanation expected = *jitgemm::explain({.n = 7168, .k = 2048}, 16, "H200");
  EXPECT_THAT(outcome.out, StartsWith("kernel  " + expected.kernel_name + "\nreason  " +
                                      expected.reason + "\nkey     " + expected.key_digest + "\n"));
  for (const NameField& field : expected.name_fields) EXPECT_THAT(outcome.out, HasRow(field));
}

TEST(ExplainTest, HelpHasTheTableOfFieldsAndNeitherNvrtcNorADriverIsNeeded) {
  const std::string help = Command()({"explain", "--help"}).out;
  for (const NameField& field : kernel_name_fields()) EXPECT_THAT(help, HasRow(field));
  EXPECT_EQ(explain({"--nvrtc", "/nonexistent", "--driver", "/nonexistent"}).exit_code, 0);
}

TEST(ExplainTest, SourceIsThePageThatIsCompiled) {
  EXPECT_THAT(explain({"--source"}).out, HasSubstr("#include"));
  EXPECT_THAT(explain().out, Not(HasSubstr("#include")));
}

TEST(ExplainTest, JsonHasWhatWasAskedForAndATimeOrAReasonOfEachCandidate) {
  const Explanation expected = *jitgemm::explain({.n = 7168, .k = 2048}, 16, "H200");
  const auto brief = explain({"--json"}).json();
  EXPECT_EQ(brief["kernel"], expected.kernel_name);
  EXPECT_EQ(brief["reason"], expected.reason);
  EXPECT_EQ(brief["key"], expected.key_digest);
  ASSERT_EQ(brief["name_fields"].size(), expected.name_fields.size());
  for (size_t i = 0; i < expected.name_fields.size(); ++i) {
    EXPECT_EQ(brief["name_fields"][i]["text"], expected.name_fields[i].text);
    EXPECT_EQ(brief["name_fields"][i]["meaning"], expected.name_fields[i].meaning);
  }
  EXPECT_FALSE(brief.contains("source") || brief.contains("key_text") ||
               brief.contains("candidates"));

  const auto full = explain({"--json", "--source", "--key", "--candidates"}).json();
  EXPECT_EQ(full["kernel"], brief["kernel"]);
  EXPECT_EQ(full["source"], expected.source);
  EXPECT_EQ(full["key_text"], expected.key_text);
  const auto& candidates = full["candidates"];
  ASSERT_EQ(candidates.size(), expected.candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    const CandidateInfo& candidate = expected.candidates[i];
    EXPECT_EQ(candidates[i]["kernel"], candidate.name);
    if (candidate.rejected.empty())
      EXPECT_EQ(candidates[i]["predicted_us"], candidate.predicted_us) << candidate.name;
    else
      EXPECT_EQ(candidates[i]["rejected"], candidate.rejected) << candidate.name;
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

// ---- the options of the planner, in process ----

// The kernel and why it is chosen, or why none is.
std::string outcome(const Result<Explanation>& explanation) {
  return explanation.ok() ? explanation->kernel_name + ": " + explanation->reason
                          : std::string(explanation.status().message());
}

std::string outcome(std::vector<std::string> arguments) {
  CLI::App app;
  Context context;
  PlanOptions plan;
  add_context_options(app, context);
  plan.add_to(app);
  arguments.insert(arguments.begin(), {"--n", "2112", "--k", "7168", "--m", "16"});
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 takes
  app.parse(std::move(arguments));
  return outcome(plan.explain(context));
}

TEST(PlanOptionsTest, EveryOptionReachesThePlanner) {
  const GemmDesc desc = {.n = 2112, .k = 7168};
  const std::string usual = outcome({});
  EXPECT_EQ(usual, outcome(jitgemm::explain(desc, 16, "H200")));
  const std::pair<std::vector<std::string>, Result<Explanation>> options[] = {
      {{"--gpu", "H20"}, jitgemm::explain(desc, 16, "H20")},
      {{"--bias", "bf16"},
       jitgemm::explain({.n = 2112, .k = 7168, .bias = BiasType::kBf16}, 16, "H200")},
      {{"--pdl"}, jitgemm::explain(desc, 16, "H200", {.pdl = true})},
      {{"--batch-invariant"}, jitgemm::explain(desc, 16, "H200", {.batch_invariant = true})},
      {{"--no-embedded-table"}, jitgemm::explain(desc, 16, "H200", {.embedded_table = false})},
      {{"--tuning-table", "/nowhere"},
       jitgemm::explain(desc, 16, "H200", {.tuning_table = "/nowhere"})},
  };
  for (const auto& [arguments, expected] : options) {
    SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
    EXPECT_EQ(outcome(arguments), outcome(expected));
    EXPECT_NE(outcome(arguments), usual);
  }
}

}  // namespace
}  // namespace jitgemm::cli
