#include "tools/harness/chain.h"

#include <gtest/gtest.h>

#include "tools/harness/statistics.h"

namespace jitgemm::harness {
namespace {

TEST(ChainTest, CopiesExceedTheBytesOfAChain) {
  for (int64_t bytes :
       {int64_t{64}, int64_t{1835008}, kChainBytes / 2, kChainBytes, 2 * kChainBytes}) {
    EXPECT_GT(copies_of(bytes) * bytes, kChainBytes) << bytes;
    EXPECT_GE(copies_of(bytes), 2) << "one copy would be in the L2 next time";
  }
}

TEST(ChainTest, LaunchesWalkOverAllCopiesEquallyOften) {
  for (int copies : {1, 2, 3, 7, 82, 100, 101, 164}) {
    EXPECT_EQ(launches_over(copies) % copies, 0) << copies;
    EXPECT_GE(launches_over(copies), kMinLaunches) << copies;
    EXPECT_LT(launches_over(copies), kMinLaunches + copies) << copies;
  }
}

TEST(StatisticsTest, MedianIsTheMiddleInOrder) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(StatisticsTest, GeometricMeanOfInverseRatiosIsOne) {
  EXPECT_EQ(geometric_mean({}), 0);
  EXPECT_NEAR(geometric_mean({0.5, 2, 0.25, 4}), 1, 1e-12);
}

}  // namespace
}  // namespace jitgemm::harness
