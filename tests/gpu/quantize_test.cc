// quantize: q and scales equal the definition, bit for bit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/gpu/quantize_case.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

constexpr ScaleLayout kLayouts[] = {ScaleLayout::kMnMajor, ScaleLayout::kKMajor};

TEST_F(GpuQuantizeTest, EveryMAndLayoutAndTailIsExact) {
  for (int64_t k : {16, 128, 144, 400, 1536, 2304, 7168})
    for (ScaleLayout layout : kLayouts)
      for (int64_t m : {1, 3, 5, 7, 8, 9, 31, 33, 1000}) {
        const std::vector<uint16_t> x = random_bf16(static_cast<size_t>(m * k));
        EXPECT_EQ(difference(run({.k = k}, {.m = m, .layout = layout}, x),
                             quantized(widened(x), k, false), k),
                  "")
            << "m = " << m << ", k = " << k;
      }
}

TEST_F(GpuQuantizeTest, StridesAreRespected) {
  for (ScaleLayout layout : kLayouts)
    for (int64_t k : {144, 2048}) {
      const std::vector<uint16_t> x = random_bf16(static_cast<size_t>(33 * k));
      const Shape shape{
          .m = 33, .layout = layout, .x_gap = 8, .q_gap = 48, .scale_gap = 4, .pdl = true};
      EXPECT_EQ(difference(run({.k = k}, shape, x), quantized(widened(x), k, false), k), "");
    }
}

TEST_F(GpuQuantizeTest, Fp32AndFp16AreExact) {
  constexpr int64_t kK = 1040, kM = 129;
  for (bool ue8m0 : {false, true}) {
    const std::vector<float> x = random_values(kM * kK);
    EXPECT_EQ(difference(run({.k = kK, .x_type = ElementType::kFp32, .ue8m0 = ue8m0}, {.m = kM}, x),
                         quantized(x, kK, ue8m0), kK),
              "");
    std::vector<uint16_t> halves;
    std::vector<float> values;
    for (int64_t i = 0; i < kM * kK; ++i) {
      halves.push_back(static_cast<uint16_t>(random()));
      values.push_back(from_fp16(halves.back()));
    }
    EXPECT_EQ(
        difference(run({.k = kK, .x_type = ElementType::kFp16, .ue8m0 = ue8m0}, {.m = kM}, halves),
                   quantized(values, kK, ue8m0), kK),
        "");
  }
}

TEST_F(GpuQuantizeTest, AHundredMillionValuesAreExact) {
  constexpr int64_t kK = 7168, kM = 1000;
  for (int i = 0; i < 14; ++i)
    for (bool ue8m0 : {false, true}) {
      if (ue8m0 && i % 4 != 0) continue;
      const std::vector<float> x = random_values(kM * kK);
      const QuantizeDesc desc{.k = kK, .x_type = ElementType::kFp32, .ue8m0 = ue8m0};
      ASSERT_EQ(difference(run(desc, {.m = kM}, x), quantized(x, kK, ue8m0), kK), "");
    }
}

// Zeros, denormals, NaNs and infinities are among them. Alone in its group each value decides the
// scale; beside 448 it is converted at scale 1; beside the largest bf16, at the largest scale.
TEST_F(GpuQuantizeTest, EveryBf16IsExact) {
  constexpr int64_t kK = 16384, kGroups = 65536;
  for (bool ue8m0 : {false, true})
    for (float neighbour : {0.f, 448.f, 3.3895314e38f}) {
      std::vector<uint16_t> x(kGroups * 128, 0);
      for (size_t i = 0; i < kGroups; ++i) {
        x[i * 128 + i % 128] = static_cast<uint16_t>(i);
        x[i * 128 + (i + 77) % 128] = to_bf16(neighbour);
      }
      const Shape shape{.m = kGroups * 128 / kK};
      EXPECT_EQ(difference(run({.k = kK, .ue8m0 = ue8m0}, shape, x),
                           quantized(widened(x), kK, ue8m0), kK),
                "")
          << "beside " << neighbour;
    }
}

TEST_F(GpuQuantizeTest, ValuesThatAreNoNumbersAreAsDocumented) {
  constexpr uint16_t kNan = 0xffc1, kInfinity = 0x7f80, kTwo = 0x4000, kMinusTwo = 0xc000;
  std::vector<uint16_t> x(3 * 128, kNan);  // a group of NaNs alone
  std::fill(x.begin() + 128, x.end(), kTwo);
  x[130] = kNan;
  x[256] = kInfinity;
  x[257] = kMinusTwo;
  const Quantized found = run({.k = 384}, {.m = 1}, x);
  EXPECT_EQ(found.scales[0], 1e-10f / 448.f);
  EXPECT_EQ(found.q[0], 0x7f);
  EXPECT_EQ(found.scales[1], 2.f / 448.f);
  EXPECT_EQ(found.q[130], 0x7f);
  EXPECT_EQ(found.q[131], 0x7e);  // 448
  EXPECT_TRUE(std::isinf(found.scales[2]));
  EXPECT_EQ(found.q[256], 0x7f);
  EXPECT_EQ(found.q[257], 0x80);
  EXPECT_EQ(found.q[258], 0x00);
  const Quantized power = run({.k = 384, .ue8m0 = true}, {.m = 1}, x);
  EXPECT_EQ(power.scales[2], std::ldexp(1.f, 127));
  EXPECT_EQ(power.q[256], 0x7e);
}

// A chain of dependent launches in a graph: each quantises what the norm before it has written.
TEST_F(GpuQuantizeTest, AGraphOfDependentLaunchesGivesTheSameBits) {
  constexpr int64_t kK = 2048, kM = 17;
  constexpr int kPairs = 20;
  const auto norm = library().quantizer({.op = QuantizeOp::kRmsNorm, .k = kK, .residual = true});
  const auto plain = library().quantizer({.k = kK});
  JITGEMM_ASSERT_OK(norm);
  JITGEMM_ASSERT_OK(plain);
  JITGEMM_ASSERT_OK_STATUS(norm->prepare());
  JITGEMM_ASSERT_OK_STATUS(plain->prepare());
  const std::vector<uint16_t> rows = random_bf16(kM * kK), weights = random_bf16(kK);
  const auto x = upload(rows, kK, kK), weight = upload(weights, kK, kK);
  const auto y = allocate(2 * kM * kK), fused = allocate(kM * kK), q = allocate(kM * kK);
  const auto fused_scales = allocate(20 * 16 * 4), scales = allocate(20 * 16 * 4);
  for (bool pdl : {false, true}) {
    const auto residual = upload(rows, kK, kK);
    const auto enqueue = [&](CUstream stream) {
      Status status;
      for (int i = 0; status.ok() && i < kPairs; ++i) {
        status = norm->launch({.m = kM,
                               .x = x.at(),
                               .q = fused.at(),
                               .scale = ScaleOutput::mn_major(fused_scales.at(), 20),
                               .weight = weight.at(),
                               .residual = residual.at(),
                               .y = y.at(),
                               .pdl = pdl},
                              stream);
        if (status.ok())
          status = plain->launch({.m = kM,
                                  .x = y.at(),
                                  .q = q.at(),
                                  .scale = ScaleOutput::mn_major(scales.at(), 20),
                                  .pdl = pdl},
                                 stream);
      }
      return status;
    };
    const auto graph = harness::Graph::capture(bench().gpu, bench().stream.get(), enqueue);
    JITGEMM_ASSERT_OK(graph);
    for (int replay = 0; replay < 10; ++replay) {
      JITGEMM_ASSERT_OK_STATUS(q.fill(0xff, bench().stream.get()));
      JITGEMM_ASSERT_OK_STATUS(graph->replay(bench().stream.get()));
      EXPECT_EQ(download<uint8_t>(q, kM * kK), download<uint8_t>(fused, kM * kK));
      EXPECT_EQ(download<float>(scales, 20 * 16), download<float>(fused_scales, 20 * 16));
    }
  }
}

}  // namespace
}  // namespace jitgemm
