#include "tools/cli/gemm_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace jitgemm::cli {
namespace {

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
  EXPECT_EQ(usual, outcome(explain(desc, 16, "H200")));
  const std::pair<std::vector<std::string>, Result<Explanation>> options[] = {
      {{"--gpu", "H20"}, explain(desc, 16, "H20")},
      {{"--bias", "bf16"}, explain({.n = 2112, .k = 7168, .bias = BiasType::kBf16}, 16, "H200")},
      {{"--pdl"}, explain(desc, 16, "H200", {.pdl = true})},
      {{"--batch-invariant"}, explain(desc, 16, "H200", {.batch_invariant = true})},
      {{"--no-embedded-table"}, explain(desc, 16, "H200", {.embedded_table = false})},
      {{"--tuning-table", "/nowhere"}, explain(desc, 16, "H200", {.tuning_table = "/nowhere"})},
  };
  for (const auto& [arguments, expected] : options) {
    SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
    EXPECT_EQ(outcome(arguments), outcome(expected));
    EXPECT_NE(outcome(arguments), usual);
  }
}

}  // namespace
}  // namespace jitgemm::cli
