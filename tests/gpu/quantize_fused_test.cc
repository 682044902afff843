// Fused quantisers equal the operators one after the other, bit for bit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/gpu/quantize_case.h"
#include "tests/gpu/unfused.h"

namespace jitgemm {
namespace {

class GpuQuantizeFusedTest : public GpuQuantizeTest {
 protected:
  // Of gate and up, each [m][k]. The limit is applied by the host, in front of the operators.
  void expect_equal_to_unfused(const QuantizeDesc& desc, const Shape& shape,
                               const std::vector<uint16_t>& gate, const std::vector<uint16_t>& up) {
    const auto k = static_cast<size_t>(desc.k);
    std::vector<uint16_t> x;
    for (size_t row = 0; row < gate.size(); row += k)
      for (const auto* half : {desc.up_first ? &up : &gate, desc.up_first ? &gate : &up})
        x.insert(x.end(), half->begin() + static_cast<int64_t>(row),
                 half->begin() + static_cast<int64_t>(row + k));
    const float limit = desc.limit == 0 ? std::numeric_limits<float>::infinity() : desc.limit;
    std::vector<uint16_t> clamped_gate, clamped_up;
    for (uint16_t bits : gate)
      clamped_gate.push_back(from_bf16(bits) > limit ? to_bf16(limit) : bits);
    for (uint16_t bits : up)
      clamped_up.push_back(std::fabs(from_bf16(bits)) > limit
                               ? to_bf16(std::copysign(limit, from_bf16(bits)))
                               : bits);
    const auto h = unfused(bench(), desc.op, clamped_gate, clamped_up);
    JITGEMM_ASSERT_OK(h);
    EXPECT_EQ(difference(run(desc, shape, x), quantized(widened(*h), desc.k, desc.ue8m0), desc.k),
              "")
        << library().quantizer(desc)->kernel_name() << ", m = " << shape.m;
  }
};

constexpr QuantizeOp kGated[] = {QuantizeOp::kSiluMul, QuantizeOp::kGeluMul};

// 128 values as wide as activations are.
std::vector<uint16_t> some_normal(std::minstd_rand& random, size_t count) {
  std::normal_distribution<float> normal(0, 3);
  std::vector<uint16_t> values;
  for (size_t i = 0; i < count; ++i) values.push_back(to_bf16(normal(random)));
  return values;
}

// One group a gate, so that neither an overflow nor a NaN hides its neighbours.
TEST_F(GpuQuantizeFusedTest, EveryGate) {
  constexpr int64_t kK = 16384, kGates = 65536;
  for (QuantizeOp op : kGated)
    for (float up : {1.f, -1.7421875f, 0.f, 1e30f}) {
      std::vector<uint16_t> gate(kGates * 128), ups(kGates * 128, to_bf16(up));
      for (size_t i = 0; i < gate.size(); ++i) gate[i] = static_cast<uint16_t>(i / 128);
      expect_equal_to_unfused({.op = op, .k = kK}, {.m = kGates * 128 / kK}, gate, ups);
    }
}

TEST_F(GpuQuantizeFusedTest, EveryMAndLayoutAndOption) {
  for (QuantizeOp op : kGated)
    for (int64_t k : {16, 400, 2048})
      for (int64_t m : {1, 2, 3, 5, 33, 257}) {
        const auto gate = some_normal(random, static_cast<size_t>(m * k));
        const auto up = some_normal(random, static_cast<size_t>(m * k));
        const QuantizeDesc desc{.op = op, .k = k};
        expect_equal_to_unfused(desc, {.m = m}, gate, up);
        QuantizeDesc other{.op = op, .k = k, .ue8m0 = true, .up_first = true, .limit = 2.5f};
        expect_equal_to_unfused(
            other, {.m = m, .layout = ScaleLayout::kKMajor, .x_gap = 16, .q_gap = 16, .pdl = true},
            gate, up);
      }
}

TEST_F(GpuQuantizeFusedTest, ALimitKeepsNans) {
  constexpr int64_t kK = 128;
  std::vector<uint16_t> gate = random_bf16(4 * kK), up = random_bf16(4 * kK);
  gate[3] = up[kK + 7] = 0x7fc0;
  gate[2 * kK + 5] = 0x7f80;
  up[3 * kK + 1] = 0xff80;
  expect_equal_to_unfused({.op = QuantizeOp::kSiluMul, .k = kK, .limit = 7}, {.m = 4}, gate, up);
}

}  // namespace
}  // namespace jitgemm
