// Launches whose kernel is not loaded: the policies, and stream capture.
#include <gmock/gmock.h>

#include <jitgemm/library.h>

#include <string>
#include <thread>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::HasSubstr, ::testing::IsEmpty, ::testing::StartsWith;

constexpr MissPolicy kPolicies[] = {MissPolicy::kDefault, MissPolicy::kCompile, MissPolicy::kFail,
                                    MissPolicy::kBackground};

GemmArgs args_with(int64_t m, MissPolicy policy) {
  GemmArgs args = some_args(m);
  args.on_miss = policy;
  return args;
}

class MissTest : public LibraryTest {
 protected:
  // That neither compiler nor driver was asked for anything.
  void expect_nothing_made() {
    EXPECT_EQ(compiler_opened, 0);
    EXPECT_EQ(calls_of("cuLibraryLoadData"), 0);
    EXPECT_EQ(calls_of("cuLaunchKernelEx"), 0);
    EXPECT_THAT(log.lines(), IsEmpty());
  }
};

using CaptureTest = MissTest;

// ---- policies ----

TEST_F(MissTest, TheDefaultIsToCompile) {
  EXPECT_TRUE(make_gemm(open()).launch(args_with(7, MissPolicy::kDefault), kStream).ok());
  EXPECT_EQ(compiler->compiles(), 1);
}

TEST_F(MissTest, FailNamesTheKernelAndWhatPrepareNeedsAndMakesNothing) {
  const Gemm gemm = make_gemm(open());
  const Status status = gemm.launch(args_with(4096, MissPolicy::kFail), kStream);
  EXPECT_THAT(message(status), StartsWith("not ready: " + gemm.kernel_name(4096) +
                                          " is not loaded and the miss policy is to fail"));
  expect_nothing_made();

  const std::string wanted = "prepare() makes it, with m_max = ";
  const size_t at = message(status).find(wanted);
  ASSERT_NE(at, std::string::npos) << message(status);
  ASSERT_TRUE(gemm.prepare(std::stoll(message(status).substr(at + wanted.size()))).ok());
  EXPECT_TRUE(gemm.launch(args_with(4096, MissPolicy::kFail), kStream).ok());
}

TEST_F(MissTest, ALaunchsPolicyGoesBeforeTheLibrarys) {
  const Gemm strict = make_gemm(open_with(MissPolicy::kFail));
  EXPECT_EQ(strict.launch(some_args(7), kStream).code(), StatusCode::kNotReady);
  expect_nothing_made();
  EXPECT_TRUE(strict.launch(args_with(7, MissPolicy::kCompile), kStream).ok());
  const Gemm lax = make_gemm(open_with(MissPolicy::kCompile));
  EXPECT_EQ(lax.launch(args_with(7, MissPolicy::kFail), kStream).code(), StatusCode::kNotReady);
  EXPECT_TRUE(lax.launch(some_args(7), kStream).ok());
}

TEST_F(MissTest, RefusesAnUnknownPolicyWhereverItStands) {
  const auto none = static_cast<MissPolicy>(77);
  const std::string refusal =
      "invalid argument: on_miss = 77 is none of 0 (default), 1 (compile), 2 (fail), 3 "
      "(background)";
  EXPECT_EQ(message(Library::open({.on_miss = none}).status()), refusal);
  const Gemm gemm = make_gemm(open());
  ASSERT_TRUE(gemm.prepare(7).ok());
  EXPECT_EQ(message(gemm.launch(args_with(7, none), kStream)), refusal);
}

// ---- capture ----

TEST_F(CaptureTest, AMissIsRefusedAtOnceUnderEveryPolicy) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  driver.begin_capture(kStream);
  for (const MissPolicy policy : kPolicies) {
    const bool fails = policy == MissPolicy::kFail;
    EXPECT_EQ(message(gemm.launch(args_with(7, policy), kStream)),
              "not ready: " + gemm.kernel_name(7) + " is not loaded and " +
                  (fails ? "the miss policy is to fail" : "the stream is being captured") +
                  ": prepare() makes it, with m_max = 1 or more");
  }
  expect_nothing_made();
  EXPECT_TRUE(driver.end_capture(kStream));
  EXPECT_TRUE(gemm.launch(some_args(7), kStream).ok());
}

TEST_F(CaptureTest, WhileAStreamIsCapturedTheDefaultOneIsRefusedAndAThirdIsServed) {
  const Gemm gemm = make_gemm(open());
  driver.begin_capture(kStream);
  EXPECT_EQ(gemm.launch(some_args(7), nullptr).code(), StatusCode::kNotReady);
  expect_nothing_made();
  EXPECT_TRUE(gemm.launch(some_args(7), reinterpret_cast<Stream>(0x700000)).ok());
  EXPECT_TRUE(driver.end_capture(kStream));
}

TEST_F(CaptureTest, PreparingOnAnyThreadLetsTheCaptureGoOn) {
  const Gemm gemm = make_gemm(open());
  driver.begin_capture(kStream);
  EXPECT_TRUE(gemm.prepare(16).ok());
  std::jthread([&] {
    driver.make_current(0);
    EXPECT_TRUE(gemm.prepare(4096).ok());
  }).join();
  EXPECT_TRUE(gemm.launch(some_args(4096), kStream).ok());
  EXPECT_TRUE(driver.end_capture(kStream));
}

TEST_F(CaptureTest, UnloadingLetsTheCaptureGoOn) {
  driver.begin_capture(kStream);
  ASSERT_TRUE(make_gemm(open()).prepare(1).ok());
  EXPECT_EQ(driver.live_libraries(), 0u);
  EXPECT_TRUE(driver.end_capture(kStream));
}

// Without the relaxed mode, the stub invalidates captures, as the real driver does: otherwise the
// captures of this file test nothing. An invalidated capture is a capture still.
TEST_F(CaptureTest, AMissInAnInvalidatedCaptureIsRefused) {
  const Gemm gemm = make_gemm(open());
  driver.begin_capture(kStream);
  driver.fail("cuThreadExchangeStreamCaptureMode", CUDA_ERROR_INVALID_VALUE);
  EXPECT_THAT(message(gemm.prepare(1)), HasSubstr("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"));
  const int loads = calls_of("cuLibraryLoadData");
  EXPECT_EQ(gemm.launch(some_args(1), kStream).code(), StatusCode::kNotReady);
  EXPECT_EQ(calls_of("cuLibraryLoadData"), loads);
  EXPECT_FALSE(driver.end_capture(kStream));
}

TEST_F(CaptureTest, ADriverThatCannotTellIsNamed) {
  const Gemm gemm = make_gemm(open());
  driver.fail_once("cuStreamIsCapturing", CUDA_ERROR_INVALID_HANDLE);
  const Status status = gemm.launch(some_args(7), kStream);
  EXPECT_EQ(status.code(), StatusCode::kDriverError);
  EXPECT_THAT(message(status), HasSubstr("cuStreamIsCapturing"));
  expect_nothing_made();
}

}  // namespace
}  // namespace jitgemm
