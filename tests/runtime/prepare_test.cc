// Library::prepare: many shapes at once.
#include <gmock/gmock.h>
#include <signal.h>

#include <jitgemm/library.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::HasSubstr, ::testing::SizeIs, ::testing::StartsWith;

constexpr GemmDesc kOther{.n = 576, .k = 7168};

sigset_t signal_mask() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}

using PrepareTest = LibraryTest;

TEST_F(PrepareTest, EveryLaunchOfTheShapesIsReady) {
  const Library library = open_with(MissPolicy::kFail);
  const Gemm before = make_gemm(library);
  const auto report =
      library.prepare({.shapes = {kShape, kOther, kShape}, .m_max = 4096, .threads = 3});
  ASSERT_TRUE(report.ok()) << message(report.status());
  EXPECT_TRUE(report->complete());
  EXPECT_EQ(report->shapes, 2);
  EXPECT_EQ(report->failed, 0);
  EXPECT_EQ(static_cast<int>(report->ready), compiler->compiles());
  EXPECT_EQ(static_cast<int>(report->kernels), calls_of("cuLibraryLoadData"));
  EXPECT_GT(report->seconds, 0);

  const auto after = library.gemm(kOther);
  ASSERT_TRUE(after.ok());
  for (int64_t m = 1; m <= 4096; m += m < 130 ? 1 : 61) {
    EXPECT_TRUE(before.launch(some_args(m), nullptr).ok()) << m;
    EXPECT_TRUE(after->launch(some_args(m), nullptr).ok()) << m;
  }
  for (const stub_launch& launch : driver.launches()) EXPECT_EQ(launch.loaded_by_launch, 0);
}

TEST_F(PrepareTest, ThreadsCompileAtTheSameTime) {
  compiler->delay_ms = 30;
  ASSERT_TRUE(open().prepare({.shapes = {kShape, kOther}, .threads = 4}).ok());
  EXPECT_GT(compiler->at_once_most(), 1);
  EXPECT_LE(compiler->at_once_most(), 4);
}

TEST_F(PrepareTest, EveryThreadLoadsOnTheCallersDevice) {
  use_two_devices();
  driver.make_current(1);
  const Library library = open_with(MissPolicy::kFail);
  const auto report = library.prepare({.shapes = {kShape}, .threads = 4});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->complete());
  EXPECT_TRUE(make_gemm(library).launch(some_args(64), nullptr).ok());
  EXPECT_EQ(driver.launches().at(0).device, 1);
  EXPECT_EQ(driver.launches().at(0).loaded_by_launch, 0);
  driver.make_current(0);
  EXPECT_EQ(make_gemm(library).launch(some_args(64), nullptr).code(), StatusCode::kNotReady);
}

TEST_F(PrepareTest, AThreadThatCannotHaveTheContextIsDoneWithout) {
  const Library library = open();
  ASSERT_TRUE(library.gemm(kShape).ok());
  driver.fail("cuCtxSetCurrent", CUDA_ERROR_INVALID_CONTEXT);
  const auto report = library.prepare({.shapes = {kShape}, .threads = 4});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->complete());
}

TEST_F(PrepareTest, ProgressNamesEachKernelOnce) {
  std::vector<int64_t> seen;
  std::set<std::string> names;
  const auto report = open().prepare({.shapes = {kShape, kOther}, .threads = 4},
                                     [&](int64_t done, int64_t, std::string_view name) {
                                       seen.push_back(done);
                                       names.emplace(name);
                                     });
  ASSERT_TRUE(report.ok());
  ASSERT_THAT(seen, SizeIs(report->kernels));
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i) + 1);
  EXPECT_THAT(names, SizeIs(report->kernels));
}

TEST_F(PrepareTest, AProgressThatThrowsStopsTheWorkAndIsTheError) {
  const auto report =
      open().prepare({.shapes = {kShape, kOther}, .threads = 4},
                     [](int64_t, int64_t, std::string_view) { throw std::runtime_error("gone"); });
  EXPECT_EQ(report.status().code(), StatusCode::kInternal);
  EXPECT_THAT(message(report.status()), HasSubstr("gone"));
}

TEST_F(PrepareTest, HelpersTakeNoSignalAndTheCallersMaskStays) {
  const sigset_t before = signal_mask();
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> by_helpers = 0, open_to_signals = 0;
  Options given = options();
  given.log = [&](LogLevel, std::string_view) {
    if (std::this_thread::get_id() == caller) return;
    ++by_helpers;
    const sigset_t mask = signal_mask();
    open_to_signals += sigismember(&mask, SIGTERM) == 0;
  };
  compiler->delay_ms = 5;
  ASSERT_TRUE(open(given).prepare({.shapes = {kShape, kOther}, .threads = 4}).ok());
  EXPECT_GT(by_helpers, 0);
  EXPECT_EQ(open_to_signals, 0);
  const sigset_t after = signal_mask();
  EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

TEST_F(PrepareTest, FailedKernelsAreNamedAndTheRestIsReady) {
  const Library library = open_with(MissPolicy::kFail);
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(1).ok());
  compiler->fails = true;
  const auto report = library.prepare({.shapes = {kShape}, .threads = 2});
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->complete());
  EXPECT_EQ(report->ready, 1);
  EXPECT_EQ(report->failed, report->kernels - 1);
  ASSERT_THAT(report->errors, SizeIs(report->failed));
  for (const Status& error : report->errors)
    EXPECT_THAT(message(error),
                AllOf(StartsWith("compile failed: n2112_k7168_"), HasSubstr("told to fail")));
  compiler->fails = false;
  EXPECT_TRUE(library.prepare({.shapes = {kShape}})->complete());
}

TEST_F(PrepareTest, RefusesBadRequestsBeforeAnythingIsMade) {
  const Library library = open();
  EXPECT_EQ(message(library.prepare({.threads = 0}).status()),
            "invalid argument: threads = 0 is less than 1");
  EXPECT_EQ(message(library.prepare({.shapes = {kShape}, .m_max = 0}).status()),
            "invalid argument: m_max = 0 is outside 1..1073741824 (n2112_k7168)");
  EXPECT_EQ(message(library.prepare({.shapes = {kShape, {.n = 8, .k = 8}}}).status()),
            "invalid argument: k = 8 is not a multiple of 16 (n8_k8)");
  driver.make_none_current();
  EXPECT_EQ(library.prepare({.shapes = {kShape}}).status().code(), StatusCode::kMissing);
  EXPECT_EQ(compiler_opened, 0);
}

TEST_F(PrepareTest, NoShapesAreNoWork) {
  const auto report = open().prepare({});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->complete());
  EXPECT_EQ(report->kernels, 0);
}

}  // namespace
}  // namespace jitgemm
