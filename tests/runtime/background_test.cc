// MissPolicy::kBackground: a generic kernel serves until the shape's own kernel is loaded.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <jitgemm/library.h>
#include "tests/runtime/library_fixture.h"
#include "tests/runtime/on_threads.h"

namespace jitgemm {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf, ::testing::ElementsAre, ::testing::HasSubstr, ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

constexpr int kGeneric = 2;  // kernels

class BackgroundTest : public LibraryTest {
 protected:
  Library open_in_background() { return open_with(MissPolicy::kBackground); }

  // The page of the kernel that served the latest launch. The fake compiler's cubin holds it.
  std::string served_by() const {
    const std::vector<stub_launch> launches = driver.launches();
    return launches.empty() ? "nothing" : driver.image(launches.back().library);
  }
  bool serves_generically(const Gemm& gemm, const GemmArgs& args) {
    EXPECT_EQ(message(gemm.launch(args, kStream)), "");
    return served_by().find(" of // generic_") != std::string::npos;
  }

  template <typename Condition>
  static bool comes_true(Condition condition) {
    const auto end = Clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
  }
  bool takes_over(const Gemm& gemm, const GemmArgs& args) {
    return comes_true([&] { return !serves_generically(gemm, args); });
  }

  std::vector<std::string> failures() const {
    std::vector<std::string> lines = log.lines();
    std::erase_if(
        lines, [](const std::string& line) { return line.find(",failed,") == std::string::npos; });
    return lines;
  }
};

TEST_F(BackgroundTest, ABatchInvariantShapeIsServedByAGenericKernelOnlyIfThatGivesItsBits) {
  Options given = options();
  given.on_miss = MissPolicy::kBackground;
  given.batch_invariant = true;
  const Library library = open(given);
  const Gemm split = *library.gemm({.n = 512, .k = 7168});
  EXPECT_THAT(
      message(split.launch(some_args(7), kStream)),
      AllOf(StartsWith("not ready: " + split.kernel_name(7)), HasSubstr("batch-invariant")));
  const Gemm whole = *library.gemm({.n = 32768, .k = 512});
  EXPECT_TRUE(serves_generically(whole, some_args(7)));
}

TEST_F(BackgroundTest, AGenericKernelServesUntilTheOwnOneTakesOver) {
  compiler->delay_ms = 50;
  const Library library = open_in_background();
  const Gemm gemm = make_gemm(library);
  EXPECT_EQ(compiler->compiles(), kGeneric);
  EXPECT_TRUE(serves_generically(gemm, some_args(7)));
  ASSERT_TRUE(takes_over(gemm, some_args(7)));
  EXPECT_THAT(served_by(), HasSubstr(gemm.kernel_name(7)));
  EXPECT_EQ(compiler->compiles(), kGeneric + 1);

  const Counters counters = library.counters();
  EXPECT_GE(counters.launches_generic, 1u);
  EXPECT_EQ(counters.launches, counters.launches_generic + 1);
  driver.make_current(driver.create_context());  // which asks anew
  EXPECT_TRUE(takes_over(gemm, some_args(7)));
}

TEST_F(BackgroundTest, FewTokensAreServedSwappedAndManyNormally) {
  compiler->delay_ms = 50;
  const Gemm gemm = make_gemm(open_in_background());
  EXPECT_TRUE(serves_generically(gemm, some_args(64)));
  EXPECT_THAT(served_by(), HasSubstr("generic_swapped"));
  EXPECT_TRUE(serves_generically(gemm, some_args(4096)));
  EXPECT_THAT(served_by(), HasSubstr("generic_normal"));
  EXPECT_EQ(driver.launches().back().params.n, kShape.n);
  EXPECT_EQ(driver.launches().back().params.k, kShape.k);
}

TEST_F(BackgroundTest, WhatWasPreparedIsNotAskedFor) {
  const Gemm gemm = make_gemm(open_in_background());
  ASSERT_TRUE(gemm.prepare(64).ok());
  const int compiles = compiler->compiles();
  EXPECT_FALSE(serves_generically(gemm, some_args(64)));
  EXPECT_EQ(compiler->compiles(), compiles);
}

// The compile takes 200 ms in the worker, so a launch that waited for it would be slow.
TEST_F(BackgroundTest, AMissTakesNoLongerThanAReadyLaunchAnd50Us) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr double kSlower = 20;
#else
  constexpr double kSlower = 1;
#endif
  constexpr int kShapes = 41;
  const Library library = open_in_background();
  std::vector<Gemm> gemms;
  for (int i = 1; i <= kShapes; ++i) {
    auto gemm = library.gemm({.n = 64 * i, .k = 7168});
    ASSERT_TRUE(gemm.ok());
    gemms.push_back(*gemm);
  }
  ASSERT_TRUE(gemms[0].prepare(1).ok());
  compiler->delay_ms = 200;
  const auto us_of = [&](const Gemm& gemm) {
    const auto start = Clock::now();
    EXPECT_TRUE(gemm.launch(some_args(1), kStream).ok());
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  };
  std::vector<double> ready, missing;
  for (int i = 1; i < kShapes; ++i) {
    ready.push_back(us_of(gemms[0]));
    missing.push_back(us_of(gemms[i]));
  }
  ASSERT_EQ(library.counters().launches_generic, missing.size()) << "it was too late to miss";
  std::sort(ready.begin(), ready.end());
  std::sort(missing.begin(), missing.end());
  // Compares medians: another process may interrupt some launches, but not half of them.
  EXPECT_LE(missing[missing.size() / 2], ready[ready.size() / 2] + 50 * kSlower);
  EXPECT_LT(missing.back(), 100e3) << "us: it waited for a compile";
}

TEST_F(BackgroundTest, AFailureIsRememberedUntilPrepareAndWarnedOfOnce) {
  const Gemm gemm = make_gemm(open_in_background());
  compiler->fails = true;
  EXPECT_TRUE(serves_generically(gemm, some_args(7)));
  ASSERT_TRUE(comes_true([&] { return !failures().empty(); }));
  compiler->fails = false;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(serves_generically(gemm, some_args(7)));
  EXPECT_EQ(compiler->compiles(), kGeneric + 1);
  EXPECT_THAT(failures(), ElementsAre(AllOf(HasSubstr(gemm.kernel_name(7)),
                                            HasSubstr("the fake compiler was told to fail"))));
  ASSERT_TRUE(gemm.prepare(7).ok());
  EXPECT_FALSE(serves_generically(gemm, some_args(7)));
}

TEST_F(BackgroundTest, AfterAPrepareThatFailedALaunchAsksAgain) {
  const Gemm gemm = make_gemm(open_in_background());
  compiler->fails = true;
  EXPECT_TRUE(serves_generically(gemm, some_args(7)));
  EXPECT_TRUE(serves_generically(gemm, some_args(4096)));
  ASSERT_TRUE(comes_true([&] { return failures().size() == 2; }));  // so the first is noted
  EXPECT_FALSE(gemm.prepare(7).ok());
  compiler->fails = false;
  EXPECT_TRUE(takes_over(gemm, some_args(7)));
}

TEST_F(BackgroundTest, ALaunchMayAskForItInALibraryOfAnotherPolicy) {
  const Gemm gemm = make_gemm(open());
  EXPECT_EQ(compiler->compiles(), 0);
  compiler->delay_ms = 50;
  GemmArgs args = some_args(7);
  args.on_miss = MissPolicy::kBackground;
  EXPECT_TRUE(serves_generically(gemm, args));
  EXPECT_TRUE(takes_over(gemm, args));
  EXPECT_EQ(compiler->compiles(), kGeneric + 1);
}

TEST_F(BackgroundTest, AHandleIsRefusedWhereTheGenericKernelsCannotBeMade) {
  compiler = nullptr;
  EXPECT_THAT(message(open_in_background().gemm(kShape).status()),
              StartsWith("missing: generic_swapped_"));
}

TEST_F(BackgroundTest, APrewarmedCacheNeedsNoCompiler) {
  ASSERT_TRUE(open().prewarm({.shapes = {kShape}, .m_max = 64}).ok());
  compiler = nullptr;
  const Library library = open_in_background();
  const Gemm gemm = make_gemm(library);
  EXPECT_TRUE(takes_over(gemm, some_args(64)));
  EXPECT_EQ(library.counters().miss, 0u);
}

TEST_F(BackgroundTest, ManyThreadsAskForAKernelOnce) {
  const Library library = open_in_background();
  const Gemm gemm = make_gemm(library);
  compiler->delay_ms = 20;
  on_threads(8, [&](int) {
    driver.make_current(0);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(gemm.launch(some_args(7), kStream).ok());
  });
  ASSERT_TRUE(takes_over(gemm, some_args(7)));
  EXPECT_EQ(compiler->compiles(), kGeneric + 1);
}

TEST_F(BackgroundTest, ItIsMadeInTheContextOfTheLaunch) {
  use_two_devices();
  const Library library = open_in_background();
  for (int device : {1, 0}) {
    driver.make_current(device);
    const Gemm gemm = make_gemm(library);
    ASSERT_TRUE(takes_over(gemm, some_args(7)));
    EXPECT_EQ(driver.launches().back().device, device);
    EXPECT_EQ(driver.launches().back().loaded_by_launch, 0);
  }
}

TEST_F(BackgroundTest, AContextThatIsGoneIsAFailure) {
  const Gemm gemm = make_gemm(open_in_background());
  driver.fail_once("cuCtxSetCurrent", CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_TRUE(serves_generically(gemm, some_args(7)));
  ASSERT_TRUE(comes_true([&] { return !failures().empty(); }));
  EXPECT_THAT(failures(),
              ElementsAre(AllOf(HasSubstr(gemm.kernel_name(7)), HasSubstr("cuCtxSetCurrent"))));
  EXPECT_TRUE(serves_generically(gemm, some_args(7)));
}

TEST_F(BackgroundTest, ItLetsACaptureOfAnotherStreamGoOn) {
  const Gemm gemm = make_gemm(open_in_background());
  driver.begin_capture(reinterpret_cast<Stream>(0x700000));
  EXPECT_TRUE(takes_over(gemm, some_args(7)));
  EXPECT_TRUE(driver.end_capture(reinterpret_cast<Stream>(0x700000)));
}

TEST_F(BackgroundTest, AMissInACaptureIsRefusedAlthoughAGenericKernelIsReady) {
  const Gemm gemm = make_gemm(open_in_background());
  driver.begin_capture(kStream);
  EXPECT_EQ(gemm.launch(some_args(7), kStream).code(), StatusCode::kNotReady);
  EXPECT_TRUE(driver.end_capture(kStream));
  EXPECT_EQ(compiler->compiles(), kGeneric);
}

TEST_F(BackgroundTest, ClosingWaitsForTheCompileAtHandAndDropsTheOthers) {
  {
    const Gemm gemm = make_gemm(open_in_background());
    compiler->delay_ms = 100;
    for (int64_t m : {8, 16, 24, 32, 40, 48, 4096})
      EXPECT_TRUE(gemm.launch(some_args(m), kStream).ok());
    ASSERT_TRUE(comes_true([&] { return compiler->compiles() > kGeneric; }));
  }
  EXPECT_LE(compiler->compiles(), kGeneric + 2);
  EXPECT_EQ(driver.live_libraries(), 0u);
}

}  // namespace
}  // namespace jitgemm
