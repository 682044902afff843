#include "src/runtime/warning_budget.h"

#include <gtest/gtest.h>

namespace jitgemm {
namespace {

TEST(WarningBudgetTest, IsOneWarningAMinuteOfEachEvent) {
  WarningBudget::Clock::time_point now{};
  WarningBudget budget([&] { return now; });
  EXPECT_EQ(budget.level("publish"), LogLevel::kWarning);
  EXPECT_EQ(budget.level("publish"), LogLevel::kDebug);
  EXPECT_EQ(budget.level("damaged"), LogLevel::kWarning);
  now += WarningBudget::kPause - std::chrono::seconds(1);
  EXPECT_EQ(budget.level("publish"), LogLevel::kDebug);
  now += std::chrono::seconds(1);
  EXPECT_EQ(budget.level("publish"), LogLevel::kWarning);
  EXPECT_EQ(budget.level("publish"), LogLevel::kDebug);
}

}  // namespace
}  // namespace jitgemm
