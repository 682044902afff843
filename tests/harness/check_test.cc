#include "tools/harness/check.h"

#include <gmock/gmock.h>

#include <cmath>

namespace jitgemm::harness {
namespace {

constexpr Check kRight = {.relative_error = 1.7e-3, .worst_share = 0.5};

TEST(CheckTest, ARightResultHasNoFailureAndEachDemandFailsAlone) {
  EXPECT_EQ(kRight.failure(), "");
  const struct {
    void (*spoil)(Check&);
    const char* failure;
  } kCases[] = {
      {[](Check& c) { c.relative_error = 2.6e-3; }, "relative error"},
      {[](Check& c) { c.relative_error = NAN; }, "relative error"},  // 0 / 0: nothing is written
      {[](Check& c) { c.worst_share = 1.01; }, "bound"},
      {[](Check& c) { c.worst_share = NAN; }, "bound"},  // infinity over a NaN
      {[](Check& c) { c.unwritten = 1; }, "not written"},
      {[](Check& c) { c.touched = 1; }, "overwritten"},
  };
  for (const auto& c : kCases) {
    Check check = kRight;
    c.spoil(check);
    EXPECT_THAT(check.failure(), testing::HasSubstr(c.failure));
  }
}

}  // namespace
}  // namespace jitgemm::harness
