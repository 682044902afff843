// Quantisers under compute-sanitizer: few and small, as sanitizer_test.cc.
#include <vector>

#include "tests/gpu/quantize_case.h"

namespace jitgemm {
namespace {

using GpuSanitizerQuantizeTest = GpuQuantizeTest;

TEST_F(GpuSanitizerQuantizeTest, EveryOperatorWithEdgesInMAndK) {
  for (int64_t k : {400, 1040})
    for (int64_t m : {1, 5, 140})
      for (ScaleLayout layout : {ScaleLayout::kMnMajor, ScaleLayout::kKMajor}) {
        const Shape shape{.m = m, .layout = layout, .pdl = layout == ScaleLayout::kMnMajor};
        const auto count = static_cast<size_t>(m * k);
        const std::vector<uint16_t> x = random_bf16(count);
        EXPECT_EQ(difference(run({.k = k}, shape, x), quantized(widened(x), k, false), k), "");
        run({.k = k, .x_type = ElementType::kFp32, .ue8m0 = true}, shape, random_values(count));
        run({.op = QuantizeOp::kSiluMul, .k = k, .limit = 7}, shape, random_bf16(2 * count));
        run({.op = QuantizeOp::kGeluMul, .k = k, .up_first = true}, shape, random_bf16(2 * count));
        Norm norm{.weight = random_bf16(static_cast<size_t>(k)), .residual = x, .wants_y = true};
        run({.op = QuantizeOp::kRmsNorm, .k = k, .residual = true}, shape, x, &norm);
      }
}

}  // namespace
}  // namespace jitgemm
