// The predictions of the model as they are, by kernels that together take every branch of it. A
// change of the model changes these figures on purpose, and has a note in kernels/notes.
#include "src/plan/model.h"

#include <gtest/gtest.h>

#include "src/plan/config_name.h"
#include "src/plan/residency.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

constexpr struct {
  const char* kernel;
  int64_t m;
  double plain_us, pdl_us;
  int resident;  // blocks of a swapped kernel on an SM
} kPredictions[] = {
    {"n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b3", 16, 5.277, 4.247, 3},
    {"n7168_k2048_swapped_t16x64_s1_k2_p8_w1_b1", 9, 5.118, 4.088, 1},
    {"n7168_k2048_swapped_t16x64_s1_k1_p9_w1_b1", 9, 5.476, 4.766, 2},
    {"n512_k7168_swapped_t8x64_s2_k2_p5_w1_b1", 8, 5.882, 5.734, 2},
    {"n512_k7168_swapped_t8x64_s4_k2_p5_w1_b1", 8, 3.994, 3.245, 2},
    {"n512_k7168_swapped_t8x64_s5_k2_p5_w1_b1", 8, 3.915, 3.080, 2},
    {"n576_k7168_swapped_t64x64_s6_k1_p10_w1_b1", 64, 5.357, 4.413, 1},
    {"n2112_k7168_swapped_t32x64_s2_k4_p3_w1_b1", 64, 7.586, 6.559, 1},
    {"n4096_k7168_swapped_t128x128_s2_k1_p4_w4_b1", 128, 17.522, 17.522, 1},
    {"n4096_k7168_swapped_t64x128_s1_k1_p3_w2_b1", 256, 22.318, 22.318, 2},
    {"n7168_k2048_swapped_t40x128_s1_k2_p3_w2_b1", 40, 7.309, 6.979, 1},
    {"n7168_k256_swapped_t8x64_s1_k4_p1_w1_b1", 8, 2.702, 1.484, 5},
    {"n24576_k1536_swapped_t32x64_s1_k2_p3_w1_b2", 32, 12.935, 11.705, 2},
    {"n7168_k128_swapped_t64x64_s1_k1_p1_w1_b1", 64, 2.481, 1.171, 4},
    {"n4096_k128_swapped_t128x128_s1_k1_p1_w4_b2", 128, 3.616, 3.616, 2},
    {"n4096_k128_swapped_t32x64_s1_k1_p1_w1_b1", 24, 2.214, 0.927, 6},
    {"n4096_k7168_normal_t64x64_s1_k1_p8_w1_b1", 128, 13.740, 13.740, 0},
    {"n4096_k7168_normal_t128x128_s1_k1_p5_w2_b1", 4096, 213.624, 213.624, 0},
    {"n4096_k7168_normal_t128x160_s1_k1_p5_w2_b1", 4096, 233.082, 233.082, 0},
    {"n4096_k7168_normal_t128x192_s1_k1_p4_w2_b1", 8192, 415.232, 415.232, 0},
    {"n4096_k7168_normal_t256x128_s1_k1_p3_w2_b1", 8192, 414.760, 414.760, 0},
    {"n7168_k256_normal_t128x128_s1_k1_p5_w2_b1", 4096, 25.644, 25.644, 0},
};

TEST(ModelTest, PredictsTheTimeOfEveryKindOfKernel) {
  for (const auto& row : kPredictions) {
    const KernelConfig config = *kernel_named(row.kernel);
    EXPECT_NEAR(predict_us(config, row.m, h200(), Chain::kPlain), row.plain_us, 0.001)
        << row.kernel;
    EXPECT_NEAR(predict_us(config, row.m, h200(), Chain::kPdl), row.pdl_us, 0.001) << row.kernel;
    if (config.form == Form::kSwapped) {
      EXPECT_EQ(residency(config, h200()), row.resident) << row.kernel;
    }
  }
}

}  // namespace
}  // namespace jitgemm::plan
