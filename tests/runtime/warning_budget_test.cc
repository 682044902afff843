#include "src/runtime/warning_budget.h"

#include <gtest/gtest.h>

namespace jitgemm {
namespace {

TEST(WarningBudgetTest, IsOneWarningAMinuteOfEachEvent) {
  WarningBudget::Clock::time_point now{};
  WarningBudget budget;
  EXPECT_EQ(budget.level("publish", now), LogLevel::kWarning);
  EXPECT_EQ(budget.level("publish", now), LogLevel::kDebug);
  EXPECT_EQ(budget.level("damaged", now), LogLevel::kWarning);
  now += WarningBudget::kPause - std::chrono::seconds(1);
  EXPECT_EQ(budget.level("publish", now), LogLevel::kDebug);
  now += std::chrono::seconds(1);
  EXPECT_EQ(budget.level("publish", now), LogLevel::kWarning);
  EXPECT_EQ(budget.level("publish", now), LogLevel::kDebug);
}

}  // namespace
}  // namespace jitgemm
