#include "src/plan/generic.h"

#include <gtest/gtest.h>

#include "src/plan/candidates.h"
#include "src/plan/device_model.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

// The smallest shape, tails in N and in K, an ordinary shape and the largest.
constexpr GemmDesc kGenericShapes[] = {
    {8, 16}, {1000, 400}, {7168, 2048}, {kMaxDimension, kMaxDimension}};

TEST(GenericTest, IsOneKernelOfEachFormThatServesEveryMThatThePlannerServes) {
  const std::vector<Range> all = generic_ranges();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].config.name(), "generic_swapped_t64x64_s1_k2_p3_w1_b2");
  EXPECT_EQ(all[1].config.name(), "generic_normal_t128x128_s1_k1_p5_w2_b1");
  EXPECT_EQ(all[0].m_last, 64);
  for (Form form : {Form::kAuto, Form::kSwapped, Form::kNormal}) {
    int64_t before = 0;
    for (const Range& range : generic_ranges(form)) {
      EXPECT_GT(range.m_last, before);
      before = range.m_last;
      EXPECT_TRUE(range.config.generic());
      EXPECT_TRUE(form == Form::kAuto || range.config.form == form);
    }
    for (BiasType bias : {BiasType::kNone, BiasType::kBf16, BiasType::kFp32})
      for (const Range& range : generic_ranges(form, bias)) EXPECT_EQ(range.config.bias, bias);
    for (const GemmDesc& desc : {GemmDesc{1000, 400}, GemmDesc{7168, 2048}})
      EXPECT_GE(before, ranges(desc, h200(), {.form = form}).back().m_last);
  }
}

// The planner accepts a kernel of the same numbers that is made for the shape.
TEST(GenericTest, FitsEveryShapeAndDevice) {
  for (Form form : {Form::kAuto, Form::kSwapped, Form::kNormal})
    for (const Range& range : generic_ranges(form))
      for (const GemmDesc& desc : kGenericShapes)
        for (const DeviceModel& device : known_devices()) {
          KernelConfig config = range.config;
          config.n = static_cast<int>(desc.n);
          config.k = static_cast<int>(desc.k);
          EXPECT_EQ(defect_of(config), "");
          EXPECT_EQ(reject(config, range.m_last, device), "") << device.name;
        }
}

}  // namespace
}  // namespace jitgemm::plan
