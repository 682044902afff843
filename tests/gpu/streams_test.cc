// One Gemm, several threads, each with a stream and a D of its own.
#include <thread>
#include <vector>

#include "tests/gpu/small_gemm.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

using GpuStreamsTest = SmallGemmTest;

constexpr int kThreads = 4, kLaunches = 200;

// Launches into D's copy `copy`, over and over. The first error, if any.
Status hammer(const harness::Workbench& bench, const Gemm& gemm, const harness::Operands& operands,
              int copy) {
  if (Status status = bench.gpu->make_current(); !status.ok()) return status;
  Result<harness::OwnedStream> stream = harness::OwnedStream::create(bench.gpu);
  if (!stream.ok()) return stream.status();
  for (int i = 0; i < kLaunches; ++i)
    if (Status status = gemm.launch(operands.args(copy), stream->get()); !status.ok())
      return status;
  return stream->synchronize();
}

TEST_F(GpuStreamsTest, ConcurrentLaunchesGiveTheBitsOfALoneOne) {
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    make({.desc = {.n = 2112, .k = 7168}, .form = form, .output_copies = kThreads + 1});
    if (HasFatalFailure()) return;
    for (int64_t m : {1, 64, 132}) {
      SCOPED_TRACE(gemm().kernel_name(m));
      const auto lone =
          harness::launch_and_check(bench(), reference(), operands(m), launcher(gemm()));
      JITGEMM_ASSERT_OK(lone);
      ASSERT_EQ(lone->failure(), "");
      for (int copy = 1; copy <= kThreads; ++copy)
        JITGEMM_ASSERT_OK_STATUS(outputs().poison(bench(), copy));
      JITGEMM_ASSERT_OK_STATUS(bench().stream.synchronize());

      std::vector<Status> outcomes(kThreads);
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { outcomes[i] = hammer(bench(), gemm(), operands(m), i + 1); });
      for (std::thread& thread : threads) thread.join();

      for (int i = 0; i < kThreads; ++i) {
        JITGEMM_ASSERT_OK_STATUS(outcomes[i]);
        const auto different = harness::count_differences(bench(), outputs(), 0, i + 1);
        JITGEMM_ASSERT_OK(different);
        EXPECT_EQ(*different, 0u) << "in the result of thread " << i;
      }
    }
  }
}

}  // namespace
}  // namespace jitgemm
