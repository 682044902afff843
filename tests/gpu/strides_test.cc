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

}  // namespace
}  // namespace jitgemm
