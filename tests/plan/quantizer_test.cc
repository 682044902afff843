#include "src/plan/quantizer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kernels/quantize.h"
#include "src/plan/kernel.h"
#include "tests/message.h"

namespace jitgemm::plan {
namespace {

using Op = QuantizeOp;

// Every operator and option, and their names.
const std::pair<QuantizeDesc, const char*> kNames[] = {
    {{.k = 7168}, "quantize_k7168_bf16"},
    {{.k = 16, .x_type = ElementType::kFp16}, "quantize_k16_fp16"},
    {{.k = 16, .x_type = ElementType::kFp32, .ue8m0 = true}, "quantize_k16_fp32_ue8m0"},
    {{.op = Op::kSiluMul, .k = 2048}, "silu_mul_quantize_k2048_bf16"},
    {{.op = Op::kSiluMul, .k = 2048, .up_first = true, .limit = 7},
     "silu_mul_quantize_k2048_bf16_upfirst_limit7"},
    {{.op = Op::kGeluMul, .k = 2048, .limit = 0.5f}, "gelu_mul_quantize_k2048_bf16_limit0.5"},
    {{.op = Op::kRmsNorm, .k = 16384, .weight_type = ElementType::kFp32},
     "rms_norm_quantize_k16384_bf16_wfp32"},
    {{.op = Op::kRmsNorm, .k = 7168, .ue8m0 = true, .residual = true},
     "rms_norm_quantize_k7168_bf16_ue8m0_residual"},
};

TEST(QuantizerTest, ANameSaysEveryFieldAndIsReadBack) {
  for (const auto& [desc, name] : kNames) {
    EXPECT_EQ(message(validate(desc)), "") << name;
    EXPECT_EQ(shape_name(desc), name);
    const auto parsed = any_kernel_named(name);
    ASSERT_TRUE(parsed.ok()) << name;
    EXPECT_EQ(*parsed, Kernel(desc));
  }
  for (const char* wrong :
       {"quantize", "quantize_k7168", "quantize_k07168_bf16", "quantize_k7_bf16",
        "quantize_k7168_bf16_residual", "quantize_k7168_bf16_bf16"})
    EXPECT_FALSE(parse_quantizer_name(wrong).ok()) << wrong;
}

TEST(QuantizerTest, ADescIsRefusedByTheNameOfItsField) {
  const auto infinity = std::numeric_limits<float>::infinity();
  const std::pair<QuantizeDesc, const char*> kWrong[] = {
      {{.op = static_cast<Op>(4), .k = 128},
       "op = 4 is none of 0 (quantize), 1 (silu_mul), 2 (gelu_mul), 3 (rms_norm)"},
      {{.k = 0}, "k = 0 is outside 1..536870912 (quantize_k0_bf16)"},
      {{.k = 24}, "k = 24 is not a multiple of 16 (quantize_k24_bf16)"},
      {{.op = Op::kRmsNorm, .k = 16400},
       "k = 16400 is outside 1..16384 (rms_norm_quantize_k16400_bf16)"},
      {{.k = 16, .x_type = static_cast<ElementType>(3)},
       "x_type = 3 is not 0 (bf16), 1 (fp16) or 2 (fp32) (quantize_k16_unknown)"},
      {{.op = Op::kSiluMul, .k = 16, .x_type = ElementType::kFp32},
       "x_type = 2 is not 0 (bf16) (silu_mul_quantize_k16_fp32)"},
      {{.k = 16, .up_first = true},
       "up_first is set, but only silu_mul and gelu_mul have a gate (quantize_k16_bf16_upfirst)"},
      {{.k = 16, .limit = 7},
       "limit = 7 is given, but only silu_mul and gelu_mul have a gate "
       "(quantize_k16_bf16_limit7)"},
      {{.op = Op::kSiluMul, .k = 16, .limit = -1},
       "limit = -1 is neither 0 nor a positive, finite bf16 value "
       "(silu_mul_quantize_k16_bf16_limit-1)"},
      {{.op = Op::kSiluMul, .k = 16, .limit = infinity},
       "limit = inf is neither 0 nor a positive, finite bf16 value "
       "(silu_mul_quantize_k16_bf16_limitinf)"},
      {{.op = Op::kSiluMul, .k = 16, .limit = 7.001f},
       "limit = 7.001 is neither 0 nor a positive, finite bf16 value "
       "(silu_mul_quantize_k16_bf16_limit7.001)"},
      {{.k = 16, .weight_type = ElementType::kFp32},
       "weight_type = 2 is not 0: only rms_norm has a weight (quantize_k16_bf16_wfp32)"},
      {{.op = Op::kRmsNorm, .k = 16, .weight_type = ElementType::kFp16},
       "weight_type = 1 is not 0 (bf16) or 2 (fp32) (rms_norm_quantize_k16_bf16_wfp16)"},
      {{.op = Op::kSiluMul, .k = 16, .residual = true},
       "residual is set, but only rms_norm adds one (silu_mul_quantize_k16_bf16_residual)"},
  };
  for (const auto& [desc, text] : kWrong)
    EXPECT_EQ(message(validate(desc)), std::string("invalid argument: ") + text);
}

void* address(uintptr_t value) { return reinterpret_cast<void*>(value); }

QuantizeArgs args_of(const QuantizeDesc& desc, int64_t m) {
  QuantizeArgs args{.m = m,
                    .x = address(0x10000),
                    .q = address(0x20000),
                    .scale = ScaleOutput::mn_major(address(0x30000), (m + 3) / 4 * 4)};
  if (desc.op == Op::kRmsNorm) args.weight = address(0x40000);
  if (desc.residual) args.residual = address(0x50000);
  return args;
}

TEST(QuantizerTest, StridesOfZeroBecomeTheDefaults) {
  for (const auto& [desc, name] : kNames) {
    QuantizeArgs args = args_of(desc, 5);
    args.scale = ScaleOutput::k_major(address(0x30000));
    const auto completed = complete(desc, args);
    ASSERT_TRUE(completed.ok()) << message(completed.status());
    EXPECT_EQ(completed->ldx, desc.k * rows_of(desc)) << name;
    EXPECT_EQ(completed->ldq, desc.k);
    EXPECT_EQ(completed->ldr, desc.k);
    EXPECT_EQ(completed->ldy, desc.k);
    EXPECT_EQ(completed->scale.ld, (desc.k + 127) / 128);
  }
}

TEST(QuantizerTest, ALaunchIsRefusedByTheNameOfItsField) {
  const QuantizeDesc norm{.op = Op::kRmsNorm, .k = 400, .residual = true};
  const QuantizeDesc plain{.k = 400}, gated{.op = Op::kSiluMul, .k = 400};
  using Change = void (*)(QuantizeArgs&);
  const std::tuple<QuantizeDesc, Change, const char*> kWrong[] = {
      {plain, [](auto& a) { a.m = -1; }, "m = -1 is outside 0..134217712"},
      {plain, [](auto& a) { a.x = nullptr; }, "x is null"},
      {plain, [](auto& a) { a.x = address(0x10008); }, "x = 0x10008 is not aligned to 16 bytes"},
      {plain, [](auto& a) { a.ldx = 392; }, "ldx = 392 is less than k = 400"},
      {plain, [](auto& a) { a.ldx = 404; }, "ldx = 404 is not a multiple of 8"},
      {gated, [](auto& a) { a.ldx = 792; }, "ldx = 792 is less than 2 k = 800"},
      {plain, [](auto& a) { a.q = address(0x20008); }, "q = 0x20008 is not aligned to 16 bytes"},
      {plain, [](auto& a) { a.ldq = 408; }, "ldq = 408 is not a multiple of 16"},
      {plain, [](auto& a) { a.scale.data = nullptr; }, "scale is null"},
      {plain, [](auto& a) { a.scale.ld = 6; }, "scale.ld = 6 is less than m = 7"},
      {plain, [](auto& a) { a.scale.ld = 9; }, "scale.ld = 9 is not a multiple of 4"},
      {plain, [](auto& a) { a.scale = ScaleOutput::k_major(address(0x30000), 3); },
       "scale.ld = 3 is less than ceil(k / 128) = 4"},
      {plain, [](auto& a) { a.scale.layout = static_cast<ScaleLayout>(2); },
       "scale.layout = 2 is neither 0 (MN-major) nor 1 (K-major)"},
      {plain, [](auto& a) { a.weight = address(0x40); },
       "weight = 0x40 is given, but the quantiser takes none"},
      {plain, [](auto& a) { a.residual = address(0x40); },
       "residual = 0x40 is given, but the quantiser takes none"},
      {gated, [](auto& a) { a.y = address(0x40); },
       "y = 0x40 is given, but the quantiser takes none"},
      {norm, [](auto& a) { a.weight = nullptr; }, "weight is null"},
      {norm, [](auto& a) { a.weight = address(0x40002); },
       "weight = 0x40002 is not aligned to 16 bytes"},
      {norm, [](auto& a) { a.epsilon = -1; }, "epsilon = -1 is negative or not finite"},
      {norm, [](auto& a) { a.epsilon = NAN; }, "epsilon = nan is negative or not finite"},
      {norm, [](auto& a) { a.residual = nullptr; }, "residual is null"},
      {norm, [](auto& a) { a.ldr = 396; }, "ldr = 396 is less than k = 400"},
      {norm, [](auto& a) { a.y = address(0x60008); }, "y = 0x60008 is not aligned to 16 bytes"},
      {norm, [](auto& a) { a.y = address(0x60000), a.ldy = 404; },
       "ldy = 404 is not a multiple of 8"},
  };
  for (const auto& [desc, change, text] : kWrong) {
    QuantizeArgs args = args_of(desc, 7);
    EXPECT_EQ(message(complete(desc, args).status()), "");
    change(args);
    EXPECT_EQ(message(complete(desc, args).status()),
              std::string("invalid argument: ") + text + " (" + shape_name(desc) + ")");
  }
}

TEST(QuantizerTest, ZeroTokensNeedNothing) { EXPECT_TRUE(complete({.k = 128}, {.m = 0}).ok()); }

TEST(QuantizerTest, TheGridHasAWarpForEveryTileOfTokensAndKBlock) {
  const auto threads = [](const QuantizeDesc& desc, int64_t m) {
    const Grid grid = grid_for(desc, m, 132);
    return int64_t{grid.x} * grid.block;
  };
  for (int64_t m : {1, 7, 8, 9, 1000}) {
    const int64_t eights = (m + 7) / 8, fours = (m + 3) / 4;
    EXPECT_EQ(threads({.k = 400}, m) / 128, (eights * 4 + 3) / 4) << m;
    EXPECT_EQ(threads({.op = Op::kSiluMul, .k = 2304}, m) / 128, (fours * 18 + 3) / 4) << m;
  }
  EXPECT_LE(threads({.k = 400}, 134217712), std::numeric_limits<int>::max());
  EXPECT_EQ(grid_for({.op = Op::kRmsNorm, .k = 7168}, 5, 132).x, 5u);
  EXPECT_EQ(grid_for({.op = Op::kRmsNorm, .k = 7168}, 5000, 132).x, 264u);
  EXPECT_EQ(grid_for({.op = Op::kRmsNorm, .k = 16384}, 5000, 132).x, 132u);
  EXPECT_EQ(grid_for({.op = Op::kRmsNorm, .k = 16384}, 1, 132).block, 1024u);
  EXPECT_EQ(grid_for({.op = Op::kRmsNorm, .k = 16}, 1, 132).block, 32u);
}

}  // namespace
}  // namespace jitgemm::plan
