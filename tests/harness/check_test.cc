#include "tools/harness/check.h"

#include <gmock/gmock.h>

#include <cmath>

namespace jitgemm::harness {
namespace {

constexpr Check kRight = {.relative_error = 1.7e-3, .worst_share = 0.5};

TEST(CheckTest, ARightResultHasNoFailure) { EXPECT_EQ(kRight.failure(), ""); }

TEST(CheckTest, EachDemandFailsAlone) {
  Check check = kRight;
  check.relative_error = 2.6e-3;
  EXPECT_THAT(check.failure(), testing::HasSubstr("relative error"));
  check = kRight;
  check.worst_share = 1.01;
  EXPECT_THAT(check.failure(), testing::HasSubstr("bound"));
  check = kRight;
  check.unwritten = 1;
  EXPECT_THAT(check.failure(), testing::HasSubstr("not written"));
  check = kRight;
  check.touched = 1;
  EXPECT_THAT(check.failure(), testing::HasSubstr("overwritten"));
}

// 0 / 0 when nothing was written, infinity over a NaN.
TEST(CheckTest, NaNIsAFailure) {
  Check check = kRight;
  check.relative_error = NAN;
  EXPECT_NE(check.failure(), "");
  check = kRight;
  check.worst_share = NAN;
  EXPECT_NE(check.failure(), "");
}

}  // namespace
}  // namespace jitgemm::harness
