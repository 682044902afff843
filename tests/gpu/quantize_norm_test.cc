// rms_norm and its quantisation.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/gpu/quantize_case.h"

namespace jitgemm {
namespace {

class GpuQuantizeNormTest : public GpuQuantizeTest {
 protected:
  std::vector<uint16_t> normal_bf16(size_t count, float deviation) {
    std::normal_distribution<float> normal(0, deviation);
    std::vector<uint16_t> values;
    for (size_t i = 0; i < count; ++i) values.push_back(to_bf16(normal(random)));
    return values;
  }

  Norm operands(const QuantizeDesc& desc, int64_t m) {
    Norm norm{.weight = normal_bf16(static_cast<size_t>(desc.k), 1), .wants_y = true};
    if (desc.weight_type == ElementType::kFp32)
      norm.fp32_weight = random_values(static_cast<size_t>(desc.k), -3, 3);
    if (desc.residual) norm.residual = normal_bf16(static_cast<size_t>(m * desc.k), 2);
    return norm;
  }

  // y lies within two roundings of the norm in fp64; the rest is exact.
  void expect_right(const QuantizeDesc& desc, int64_t m, ScaleLayout layout) {
    SCOPED_TRACE(fmt::format("{}, m = {}", library().quantizer(desc)->kernel_name(), m));
    const std::vector<uint16_t> given = normal_bf16(static_cast<size_t>(m * desc.k), 1);
    std::vector<uint16_t> x = given;
    Norm norm = operands(desc, m);
    const std::vector<uint16_t> residual = norm.residual;
    const Quantized found = run(desc, {.m = m, .layout = layout, .x_gap = 8}, x, &norm);
    if (desc.residual)
      for (size_t i = 0; i < x.size(); ++i)
        x[i] = to_bf16(from_bf16(x[i]) + from_bf16(residual[i]));
    EXPECT_EQ(norm.residual, desc.residual ? x : residual);
    EXPECT_EQ(difference(found, quantized(widened(norm.y), desc.k, desc.ue8m0), desc.k), "");
    const auto k = static_cast<size_t>(desc.k);
    for (size_t row = 0; row < x.size(); row += k) {
      double squares = 0;
      for (size_t i = row; i < row + k; ++i) squares += std::pow(from_bf16(x[i]), 2);
      const double reciprocal = 1 / std::sqrt(squares / static_cast<double>(k) + norm.epsilon);
      for (size_t i = row; i < row + k; ++i) {
        const double weight =
            norm.fp32_weight.empty() ? from_bf16(norm.weight[i - row]) : norm.fp32_weight[i - row];
        const double wanted = from_bf16(x[i]) * reciprocal * weight;
        ASSERT_NEAR(from_bf16(norm.y[i]), wanted, std::abs(wanted) * 0.0081) << "element " << i;
      }
    }
    norm.wants_y = false;
    norm.residual = residual;
    EXPECT_EQ(difference(run(desc, {.m = m, .layout = layout}, given, &norm), found, desc.k), "")
        << "without y";
  }
};

TEST_F(GpuQuantizeNormTest, EveryKAndM) {
  for (int64_t k : {16, 128, 400, 1536, 2048, 7168, 8192, 16384})
    for (int64_t m : {1, 3, 33, 300})
      for (bool residual : {false, true})
        expect_right({.op = QuantizeOp::kRmsNorm, .k = k, .residual = residual}, m,
                     residual ? ScaleLayout::kKMajor : ScaleLayout::kMnMajor);
}

TEST_F(GpuQuantizeNormTest, MoreRowsThanBlocksAndOtherOptions) {
  for (const auto& [k, m] : {std::pair{512, 5001}, {5120, 601}, {16384, 301}})
    expect_right({.op = QuantizeOp::kRmsNorm,
                  .k = k,
                  .ue8m0 = true,
                  .weight_type = ElementType::kFp32,
                  .residual = true},
                 m, ScaleLayout::kMnMajor);
}

TEST_F(GpuQuantizeNormTest, ARowDoesNotDependOnTheOthers) {
  const QuantizeDesc desc{.op = QuantizeOp::kRmsNorm, .k = 7168};
  const std::vector<uint16_t> x = normal_bf16(static_cast<size_t>(1000 * desc.k), 1);
  Norm norm = operands(desc, 1000);
  const Quantized all = run(desc, {.m = 1000}, x, &norm);
  for (size_t row : {0, 7, 999}) {
    const auto first = x.begin() + static_cast<int64_t>(row) * desc.k;
    const Quantized one = run(desc, {.m = 1}, std::vector<uint16_t>(first, first + desc.k), &norm);
    EXPECT_TRUE(
        std::equal(one.q.begin(), one.q.end(), all.q.begin() + static_cast<int64_t>(row) * desc.k));
  }
}

}  // namespace
}  // namespace jitgemm
