// A GEMM captured in a CUDA graph.
#include "tests/gpu/small_gemm.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

using GpuGraphTest = SmallGemmTest;

TEST_F(GpuGraphTest, ReplayTakesTheDataThatIsInTheBuffersThen) {
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    make({.form = form});
    if (HasFatalFailure()) return;
    for (int64_t m : {1, 17, 132}) {
      SCOPED_TRACE(gemm().kernel_name(m));
      const auto graph = harness::Graph::capture(
          bench().gpu, bench().stream.get(),
          [&](CUstream stream) { return gemm().launch(operands(m).args(0), stream); });
      JITGEMM_ASSERT_OK(graph);
      for (uint32_t seed : {1u, 77u, 78u}) {
        JITGEMM_ASSERT_OK_STATUS(activations().regenerate(bench(), seed));
        refresh_reference();
        const auto check = harness::launch_and_check(
            bench(), reference(), operands(m), [&](const GemmArgs&, Stream stream) {
              return graph->replay(static_cast<CUstream>(stream));
            });
        JITGEMM_ASSERT_OK(check);
        EXPECT_EQ(check->failure(), "") << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace jitgemm
