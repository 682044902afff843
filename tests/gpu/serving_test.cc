// Threads and devices of one process: launches and captures side by side, and preparing while
// another thread captures.
#include <functional>
#include <thread>
#include <vector>

#include "tests/gpu/layer_stack.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

using harness::GpuPtr;
using harness::Graph;
using harness::OwnedStream;
using harness::Workbench;

constexpr int64_t kTokens[] = {1, 17, 64, 129};
constexpr int64_t kStackRows = 129;
constexpr int kRounds = 20;

Library strict_library() {
  Options options = test_options(Form::kAuto);
  options.on_miss = MissPolicy::kFail;
  Result<Library> library = Library::open(options);
  EXPECT_TRUE(library.ok()) << library.status().message();
  return *std::move(library);
}

Status prepare(const Library& library) {
  const Result<PrepareReport> report =
      library.prepare({.shapes = LayerStack::shapes(), .m_max = kStackRows, .threads = 16});
  if (!report.ok()) return report.status();
  return report->complete() ? Status() : report->errors.front();
}

// A run is plain or with PDL, which may pick other kernels: each has a copy of D for its results.
constexpr int kAlone = 0, kFirstThread = 2, kSecondThread = 4, kCopies = 6;
LayerStack::Run run_of(int64_t m, int first_copy, bool pdl) {
  return {.m = m, .copy = first_copy + pdl, .pdl = pdl};
}

// Launches and captures of the stack, plain and with PDL in turn, on a stream of this thread.
Status launch_and_capture(const GpuPtr& gpu, const LayerStack& stack, int64_t m, int first_copy) {
  if (Status status = gpu->make_current(); !status.ok()) return status;
  Result<OwnedStream> stream = OwnedStream::create(gpu);
  if (!stream.ok()) return stream.status();
  for (int round = 0; round < kRounds; ++round) {
    const LayerStack::Run run = run_of(m, first_copy, round % 2 == 1);
    if (Status status = stack.enqueue(run, stream->get()); !status.ok()) return status;
    const Result<Graph> graph = Graph::capture(
        gpu, stream->get(), [&](CUstream captured) { return stack.enqueue(run, captured); });
    if (!graph.ok()) return graph.status();
    if (Status status = graph->replay(stream->get()); !status.ok()) return status;
    if (Status status = stream->synchronize(); !status.ok()) return status;
  }
  return {};
}

// Runs both on threads of their own. The first failure.
Status together(const std::function<Status()>& one, const std::function<Status()>& other) {
  Status first, second;
  std::thread thread([&] { first = one(); });
  second = other();
  thread.join();
  return first.ok() ? second : first;
}

using GpuThreadsTest = GpuTest;

TEST_F(GpuThreadsTest, LaunchesAndCapturesOfTwoThreadsGiveTheBitsOfALoneOne) {
  const Library library = strict_library();
  JITGEMM_ASSERT_OK_STATUS(prepare(library));
  const auto stack = LayerStack::make(bench(), library, {.rows = kStackRows, .copies = kCopies});
  JITGEMM_ASSERT_OK(stack);
  for (int64_t m : kTokens) {
    SCOPED_TRACE(m);
    for (int copy = 0; copy < kCopies; ++copy)
      JITGEMM_ASSERT_OK_STATUS(stack->poison(bench(), copy));
    for (bool pdl : {false, true})
      JITGEMM_ASSERT_OK_STATUS(stack->enqueue(run_of(m, kAlone, pdl), bench().stream.get()));
    JITGEMM_ASSERT_OK_STATUS(bench().stream.synchronize());
    const GpuPtr& gpu = bench().gpu;
    JITGEMM_ASSERT_OK_STATUS(
        together([&] { return launch_and_capture(gpu, *stack, m, kFirstThread); },
                 [&] { return launch_and_capture(gpu, *stack, m, kSecondThread); }));
    for (int first_copy : {kFirstThread, kSecondThread})
      for (bool pdl : {false, true}) {
        const auto different = stack->differences(bench(), kAlone + pdl, first_copy + pdl);
        JITGEMM_ASSERT_OK(different);
        EXPECT_EQ(*different, 0u) << "from copy " << first_copy + pdl;
      }
  }
}

// In the mode that PyTorch captures with: it forbids every thread what would break a capture.
TEST_F(GpuThreadsTest, PreparingOnAnotherThreadLetsACaptureGoOn) {
  const Library library = strict_library();
  const auto stack = LayerStack::make(bench(), library, {.rows = kStackRows, .copies = 2});
  JITGEMM_ASSERT_OK(stack);
  JITGEMM_ASSERT_OK_STATUS(library.gemm(LayerStack::shapes()[0])->prepare(1));
  Status refused, prepared;
  const auto graph = Graph::capture(
      bench().gpu, bench().stream.get(),
      [&](CUstream stream) {
        refused = stack->enqueue({.m = kStackRows, .copy = 1}, stream);
        std::thread([&] {
          prepared = bench().gpu->make_current();
          if (prepared.ok()) prepared = prepare(library);
        }).join();
        return prepared.ok() ? stack->enqueue({.m = kStackRows, .copy = 1}, stream) : prepared;
      },
      CU_STREAM_CAPTURE_MODE_GLOBAL);
  EXPECT_EQ(refused.code(), StatusCode::kNotReady) << "nothing was left to prepare";
  JITGEMM_ASSERT_OK_STATUS(prepared);
  JITGEMM_ASSERT_OK(graph);
  for (int copy : {0, 1}) JITGEMM_ASSERT_OK_STATUS(stack->poison(bench(), copy));
  JITGEMM_ASSERT_OK_STATUS(stack->enqueue({.m = kStackRows, .copy = 0}, bench().stream.get()));
  JITGEMM_ASSERT_OK_STATUS(graph->replay(bench().stream.get()));
  const auto different = stack->differences(bench(), 0, 1);
  JITGEMM_ASSERT_OK(different);
  EXPECT_EQ(*different, 0u);
}

using GpuTwoDevicesTest = GpuTest;

TEST_F(GpuTwoDevicesTest, LaunchesAndCapturesSideBySideGiveTheSameBits) {
  const Options paths = test_options(Form::kAuto);
  const Result<GpuPtr> second = harness::Gpu::open(paths.driver_path, 1);
  if (second.status().code() == StatusCode::kMissing)
    GTEST_SKIP() << "two Hopper GPUs are needed: " << second.status().message();
  JITGEMM_ASSERT_OK(second);
  const Library library = strict_library();  // one for both
  JITGEMM_ASSERT_OK_STATUS(prepare(library));
  const auto other_bench = Workbench::on(*second, paths.nvrtc_path);
  JITGEMM_ASSERT_OK(other_bench);
  const auto other = LayerStack::make(*other_bench, library, {.rows = kStackRows, .copies = 2});
  JITGEMM_ASSERT_OK(other);
  JITGEMM_ASSERT_OK_STATUS(bench().gpu->make_current());
  JITGEMM_ASSERT_OK_STATUS(prepare(library));
  const auto stack = LayerStack::make(bench(), library, {.rows = kStackRows, .copies = 2});
  JITGEMM_ASSERT_OK(stack);

  for (int64_t m : kTokens) {
    SCOPED_TRACE(m);
    JITGEMM_ASSERT_OK_STATUS(
        together([&] { return launch_and_capture(*second, *other, m, kAlone); },
                 [&] { return launch_and_capture(bench().gpu, *stack, m, kAlone); }));
    for (bool pdl : {false, true}) {
      const auto here = stack->bits(bench(), kAlone + pdl);
      JITGEMM_ASSERT_OK(here);
      JITGEMM_ASSERT_OK_STATUS((*second)->make_current());
      const auto there = other->bits(*other_bench, kAlone + pdl);
      JITGEMM_ASSERT_OK_STATUS(bench().gpu->make_current());
      JITGEMM_ASSERT_OK(there);
      EXPECT_TRUE(*here == *there) << (pdl ? "with PDL" : "plain");
    }
  }
}

}  // namespace
}  // namespace jitgemm
