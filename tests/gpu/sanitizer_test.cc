// Few and small, for compute-sanitizer, under which a GEMM takes a thousand times as long: every
// form, made for the shape and generic, edges in M, N and K, and both layouts of scales.
// tools/gpu_suite.sh runs this suite alone under each of its tools.
#include <fmt/format.h>

#include <string>
#include <thread>

#include "src/plan/config_name.h"
#include "src/plan/overlap.h"
#include "tests/gpu/one_kernel.h"
#include "tests/gpu/small_gemm.h"
#include "tools/harness/stream.h"

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

// As in a PDL chain, where the ring is filled while the predecessor runs.
TEST_F(GpuSanitizerTest, DependentLaunchesThatFillTheRing) {
  make({.desc = {.n = 136, .k = 4096}, .rows = 64, .form = Form::kSwapped});
  if (HasFatalFailure()) return;
  for (const char* name : {"n136_k4096_swapped_t64x64_s2_k1_p4_w1_b2_fill",
                           "n136_k4096_swapped_t64x128_s1_k2_p3_w2_b1_fill"}) {
    const auto config = plan::parse_config_name(name);
    JITGEMM_ASSERT_OK(config);
    const auto kernel = kernel_launcher(*config, gemm().desc(), {.stages_ahead = 1});
    JITGEMM_ASSERT_OK(kernel);
    const harness::Launch launch = [&](GemmArgs args, Stream stream) {
      args.pdl = true;
      const Status status = (*kernel)(args, stream);
      return status.ok() ? (*kernel)(args, stream) : status;
    };
    for (int64_t m : {1, 17, 64}) expect_right(name, launch, operands(m));
  }
}

TEST_F(GpuSanitizerTest, TwoThreadsAtOnce) {
  make({.output_copies = 3});
  if (HasFatalFailure()) return;
  JITGEMM_ASSERT_OK_STATUS(gemm().launch(operands(17).args(0), bench().stream.get()));
  JITGEMM_ASSERT_OK_STATUS(bench().stream.synchronize());
  const auto launch_into = [&](int copy) {
    if (Status status = bench().gpu->make_current(); !status.ok()) return status;
    const auto stream = harness::OwnedStream::create(bench().gpu);
    if (!stream.ok()) return stream.status();
    Status status;
    for (int i = 0; status.ok() && i < 4; ++i)
      status = gemm().launch(operands(17).args(copy), stream->get());
    return status.ok() ? stream->synchronize() : status;
  };
  Status first;
  std::thread thread([&] { first = launch_into(1); });
  const Status second = launch_into(2);
  thread.join();
  JITGEMM_ASSERT_OK_STATUS(first);
  JITGEMM_ASSERT_OK_STATUS(second);
  for (int copy : {1, 2}) {
    const auto different = harness::count_differences(bench(), outputs(), 0, copy);
    JITGEMM_ASSERT_OK(different);
    EXPECT_EQ(*different, 0u) << "in the result of thread " << copy;
  }
}

}  // namespace
}  // namespace jitgemm
