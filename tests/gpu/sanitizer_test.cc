// Few and small, for compute-sanitizer, under which a GEMM takes a thousand times as long: every
// form, made for the shape and generic, edges in M, N and K, and both layouts of scales.
// tools/gpu_suite.sh runs this suite alone under each of its tools.
#include <fmt/format.h>

#include <string>

#include "tests/gpu/one_kernel.h"
#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

class GpuSanitizerTest : public SmallGemmTest {
 protected:
  void expect_right(const std::string& kernel, const harness::Launch& launch,
                    const harness::Operands& operands) {
    SCOPED_TRACE(fmt::format("m = {}: {}", operands.m, kernel));
    const auto check = harness::launch_and_check(bench(), reference(), operands, launch);
    JITGEMM_ASSERT_OK(check);
    EXPECT_EQ(check->failure(), "");
  }
};

TEST_F(GpuSanitizerTest, SmallGemmsOfBothForms) {
  constexpr GemmDesc kShapes[] = {{.n = 576, .k = 1040}, {.n = 136, .k = 2048}};
  for (const GemmDesc& desc : kShapes)
    for (Form form : {Form::kSwapped, Form::kNormal}) {
      make({.desc = desc, .rows = 132, .form = form});
      if (HasFatalFailure()) return;
      const auto generic = generic_launcher(form, desc);
      JITGEMM_ASSERT_OK(generic);
      for (int64_t m : {1, 17, 64, 130})
        for (ScaleLayout layout : {ScaleLayout::kMnMajor, ScaleLayout::kKMajor}) {
          expect_right(gemm().kernel_name(m), launcher(gemm()), operands(m, layout));
          expect_right(generic_name(form), *generic, operands(m, layout));
        }
    }
}

}  // namespace
}  // namespace jitgemm
