// Few and small, for compute-sanitizer, under which a GEMM takes a thousand times as long: every
// form, edges in M, N and K, and both layouts of scales. tools/gpu_suite.sh runs this suite alone
// under each of its tools.
#include <fmt/format.h>

#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

using GpuSanitizerTest = SmallGemmTest;

TEST_F(GpuSanitizerTest, SmallGemmsOfBothForms) {
  constexpr GemmDesc kShapes[] = {{.n = 576, .k = 1040}, {.n = 136, .k = 2048}};
  for (const GemmDesc& desc : kShapes)
    for (Form form : {Form::kSwapped, Form::kNormal}) {
      make({.desc = desc, .rows = 132, .form = form});
      if (HasFatalFailure()) return;
      for (int64_t m : {1, 17, 64, 130})
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
