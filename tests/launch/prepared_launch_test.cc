// A prepared launch does not allocate, lock or open files, as counted by interposed functions of
// the C library, and takes less than 2 us.
#include <gmock/gmock.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <algorithm>
#include <chrono>

#include "tests/launch/watch.h"
#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMaxTokens = 4096;
constexpr MissPolicy kPolicies[] = {MissPolicy::kDefault, MissPolicy::kCompile, MissPolicy::kFail,
                                    MissPolicy::kBackground};

// The stub is idle, so that locks and allocations of the driver are not counted.
class PreparedLaunchTest : public LibraryTest {
 protected:
  Gemm prepared() {
    const Library library = open();
    const Gemm gemm = make_gemm(library);
    EXPECT_TRUE(gemm.prepare(kMaxTokens).ok());
    driver.set_idle(true);
    return gemm;
  }

  // The counts of launches of several M, with PDL and without, under every policy.
  static Touched touched_by_launches(const Gemm& gemm) {
    bool ok = true;
    const Touched touched = touched_by([&] {
      for (int64_t m : {0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 4096})
        for (bool pdl : {false, true})
          for (MissPolicy policy : kPolicies) {
            GemmArgs args = some_args(m);
            args.pdl = pdl;
            args.on_miss = policy;
            ok = gemm.launch(args, kStream).ok() && ok;
          }
    });
    EXPECT_TRUE(ok);
    return touched;
  }

  static void expect_nothing(const Touched& touched) {
    EXPECT_EQ(touched.allocations, 0);
    EXPECT_EQ(touched.locks, 0);
    EXPECT_EQ(touched.files, 0);
  }
};

TEST_F(PreparedLaunchTest, AllocatesLocksOpensAndLogsNothingInsideACaptureAndOutside) {
  const Gemm gemm = prepared();
  const size_t logged = log.lines().size();
  expect_nothing(touched_by_launches(gemm));
  driver.begin_capture(kStream);
  expect_nothing(touched_by_launches(gemm));
  EXPECT_TRUE(driver.end_capture(kStream));
  EXPECT_EQ(log.lines().size(), logged);
}

TEST_F(PreparedLaunchTest, AMissInsideACaptureIsRefusedWithoutAnyOfThat) {
  const Gemm gemm = make_gemm(open());
  driver.set_recording(false);
  driver.begin_capture(kStream);
  for (MissPolicy policy : kPolicies) {
    GemmArgs args = some_args(7);
    args.on_miss = policy;
    Status status;
    const Touched touched = touched_by([&] { status = gemm.launch(args, kStream); });
    EXPECT_EQ(status.code(), StatusCode::kNotReady);
    EXPECT_EQ(touched.allocations, 0);
    EXPECT_EQ(touched.files, 0);
  }
  EXPECT_TRUE(driver.end_capture(kStream));
}

// Shows that the watch counts: otherwise the tests above could not fail.
TEST_F(PreparedLaunchTest, TheWatchSeesWhatALaunchThatWasNotPreparedDoes) {
  const Gemm gemm = make_gemm(open());
  const GemmArgs args = some_args(7);
  const Touched touched = touched_by([&] { EXPECT_TRUE(gemm.launch(args, kStream).ok()); });
  EXPECT_GT(touched.allocations, 0);
  EXPECT_GT(touched.locks, 0);
  EXPECT_GT(touched.files, 0);
}

TEST_F(PreparedLaunchTest, CostsTheHostLessThanTwoMicroseconds) {
  constexpr int kBatches = 50, kLaunches = 1000;
  const Gemm gemm = prepared();
  const GemmArgs args = some_args(16);
  double best_us = 1e9;
  for (int batch = 0; batch < kBatches; ++batch) {
    bool ok = true;
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < kLaunches; ++i) ok = gemm.launch(args, kStream).ok() && ok;
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    ASSERT_TRUE(ok);
    best_us = std::min(best_us, took.count() / kLaunches);
  }
  EXPECT_LE(best_us, 2.0);
}

}  // namespace
}  // namespace jitgemm
