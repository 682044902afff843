#include "tools/cli/log_axis.h"

#include <gmock/gmock.h>

namespace jitgemm::cli {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(LogAxisTest, EqualRatiosAreEqualDistances) {
  const LogAxis axis({1, 100}, 50, 250);
  EXPECT_DOUBLE_EQ(axis(1), 50);
  EXPECT_DOUBLE_EQ(axis(10), 150);
  EXPECT_DOUBLE_EQ(axis(100), 250);
  EXPECT_DOUBLE_EQ(LogAxis({1, 4}, 300, 100)(2), 200) << "it may run downwards";
}

TEST(LogAxisTest, StepsAroundValuesHoldThem) {
  const auto expect = [](double least, double greatest, double low, double high) {
    const Interval interval = between_steps(least, greatest);
    EXPECT_DOUBLE_EQ(interval.low, low) << least;
    EXPECT_DOUBLE_EQ(interval.high, high) << greatest;
  };
  expect(3, 4, 2, 5);
  expect(5, 5, 5, 10);
  expect(1, 10, 1, 20);
  expect(0.3, 1706.96, 0.2, 2000);
  expect(0.06, 0.09, 0.05, 0.1);
}

TEST(LogAxisTest, StepsAreOneTwoFive) {
  EXPECT_THAT(steps_in({0.2, 10}), ElementsAre(DoubleEq(0.2), DoubleEq(0.5), 1, 2, 5, 10));
  EXPECT_THAT(steps_in({2, 5}), ElementsAre(2, 5));
  EXPECT_THAT(steps_in({1, 1e5}), ElementsAre(1, 10, 100, 1e3, 1e4, 1e5)) << "16 are too many";
}

TEST(LogAxisTest, PowersAreThinnedOut) {
  EXPECT_THAT(powers_in({0.7, 96}), ElementsAre(1, 2, 4, 8, 16, 32, 64));
  EXPECT_THAT(powers_in({3.5, 9}), ElementsAre(4, 8));
  EXPECT_THAT(powers_in({0.7, 12288}), ElementsAre(1, 4, 16, 64, 256, 1024, 4096));
  EXPECT_THAT(powers_in({0.7, 1.5e9}),
              ElementsAre(1, 16, 256, 4096, 65536, 1048576, 16777216, 268435456));
}

TEST(LogAxisTest, ARatioOfTwoHasAPower) {
  for (double low = 1; low < 300; low += 1) EXPECT_THAT(powers_in({low, 2 * low}), Not(IsEmpty()));
}

}  // namespace
}  // namespace jitgemm::cli
