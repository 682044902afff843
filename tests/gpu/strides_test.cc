// Rows of A, B, D and of the scales that are longer than what is used of them. What lies between is
// poison.
#include <fmt/format.h>

#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

using GpuStridesTest = SmallGemmTest;

TEST_F(GpuStridesTest, RowsMayBeLongerThanTheirWidth) {
  constexpr GemmDesc kShapes[] = {{.n = 576, .k = 7168},
                                  {.n = 2112, .k = 1536},
                                  {.n = 1000, .k = 400},
                                  {.n = 8, .k = 2048},
                                  {.n = 7168, .k = 256}};
  for (const GemmDesc& desc : kShapes)
    for (Form form : {Form::kSwapped, Form::kNormal}) {
      make({.desc = desc,
            .rows = 1000,
            .form = form,
            .lda = desc.k + 48,
            .ldb = desc.k + 80,
            .ldd = desc.n + 24,
            .scale_ld = 1012});
      if (HasFatalFailure()) return;
      for (int64_t m : {1, 7, 33, 64, 65, 129, 1000})
        for (ScaleLayout layout : {ScaleLayout::kMnMajor, ScaleLayout::kKMajor}) {
          SCOPED_TRACE(fmt::format("m = {}: {}", m, gemm().kernel_name(m)));
          const auto check = harness::launch_and_check(bench(), reference(), operands(m, layout),
                                                       launcher(gemm()));
          JITGEMM_ASSERT_OK(check);
          EXPECT_EQ(check->failure(), "");
        }
    }
}

// A GEMM in two parts, the second of which begins with another token: A's scales need no more
// alignment than their layout asks for, also where K is one k-block and both layouts look alike.
TEST_F(GpuStridesTest, ScalesMayBeginAtAnyToken) {
  constexpr GemmDesc kShapes[] = {{.n = 576, .k = 128}, {.n = 2112, .k = 1536}};
  for (const GemmDesc& desc : kShapes)
    for (Form form : {Form::kSwapped, Form::kNormal}) {
      make({.desc = desc, .rows = 132, .form = form});
      if (HasFatalFailure()) return;
      for (int64_t m : {6, 63, 132})
        for (ScaleLayout layout : {ScaleLayout::kMnMajor, ScaleLayout::kKMajor}) {
          SCOPED_TRACE(fmt::format("k = {}, m = {}: {}", desc.k, m, gemm().kernel_name(m)));
          const bool mn_major = layout == ScaleLayout::kMnMajor;
          const int64_t first = mn_major ? 4 : 1;  // tokens of the first part
          const auto in_two_parts = [&](const GemmArgs& args, Stream stream) {
            GemmArgs head = args, tail = args;
            head.m = first;
            tail.m = args.m - first;
            tail.a = static_cast<const uint8_t*>(args.a) + first * args.lda;
            tail.a_scale.data = static_cast<const float*>(args.a_scale.data) +
                                first * (mn_major ? 1 : args.a_scale.ld);
            tail.d = static_cast<uint16_t*>(args.d) + first * args.ldd;
            const Status status = launcher(gemm())(head, stream);
            return status.ok() ? launcher(gemm())(tail, stream) : status;
          };
          const auto check =
              harness::launch_and_check(bench(), reference(), operands(m, layout), in_two_parts);
          JITGEMM_ASSERT_OK(check);
          EXPECT_EQ(check->failure(), "");
        }
    }
}

}  // namespace
}  // namespace jitgemm
