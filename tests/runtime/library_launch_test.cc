// Gemm::prepare() and Gemm::launch() of a Library.
#include <gmock/gmock.h>

#include <jitgemm/library.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/library_fixture.h"
#include "tests/runtime/on_threads.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::HasSubstr;

using LibraryLaunchTest = LibraryTest;

TEST_F(LibraryLaunchTest, PrepareMakesEveryKernelThatALaunchNeeds) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(4096).ok());
  std::set<std::string> names;
  for (int64_t m = 1; m <= 4096; ++m)
    for (bool pdl : {false, true}) names.insert(gemm.kernel_name(m, pdl));
  EXPECT_EQ(library.counters().compiled, names.size());

  const int made = compiler->compiles();
  for (int64_t m : {1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 4095, 4096})
    for (bool pdl : {false, true}) {
      GemmArgs args = some_args(m);
      args.pdl = pdl;
      EXPECT_TRUE(gemm.launch(args, nullptr).ok());
    }
  EXPECT_EQ(compiler->compiles(), made);
  EXPECT_EQ(calls_of("cuLaunchKernelEx"), 24);
  EXPECT_EQ(library.counters().launches, 24u);
}

TEST_F(LibraryLaunchTest, RefusesMoreTokensThanItsFormServes) {
  Options given = options();
  given.form = Form::kSwapped;
  const Gemm gemm = make_gemm(open(given));
  EXPECT_EQ(message(gemm.launch(some_args(8 * 65535 + 1), nullptr)),
            "invalid argument: m = 524281 is outside 1..524280 (n2112_k7168)");
  EXPECT_EQ(message(gemm.prepare(8 * 65535 + 1)),
            "invalid argument: m_max = 524281 is outside 1..524280 (n2112_k7168)");
  EXPECT_EQ(message(gemm.prepare(0)),
            "invalid argument: m_max = 0 is outside 1..524280 (n2112_k7168)");
  EXPECT_TRUE(gemm.launch(some_args(8 * 65535), nullptr).ok());
}

TEST_F(LibraryLaunchTest, APreparedLaunchEncodesTensorMapsAndLaunchesOneKernel) {
  const Gemm gemm = make_gemm(open());
  ASSERT_TRUE(gemm.prepare(4096).ok());
  for (const int64_t m : {1, 4096}) {  // swapped, and normal: D and the scales have maps too
    const size_t before = driver.calls().size();
    driver.begin_capture(kStream);
    EXPECT_TRUE(gemm.launch(some_args(m), kStream).ok());
    EXPECT_TRUE(driver.end_capture(kStream));
    std::vector<std::string> calls = driver.calls();
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
    for (std::string& call : calls) call.resize(call.find('('));
    std::vector<std::string> expected(m == 1 ? 2 : 4, "cuTensorMapEncodeTiled");
    expected.insert(expected.begin(), "cuCtxGetId");
    expected.push_back("cuLaunchKernelEx");
    EXPECT_EQ(calls, expected);
  }
}

TEST_F(LibraryLaunchTest, ZeroTokensAreANoOp) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  EXPECT_EQ(gemm.desc().n, kShape.n);
  EXPECT_TRUE(gemm.launch({.m = 0}, nullptr).ok());
  EXPECT_EQ(compiler_opened, 0);
  EXPECT_EQ(calls_of("cuLibraryLoadData"), 0);
  EXPECT_EQ(calls_of("cuLaunchKernelEx"), 0);
  EXPECT_EQ(library.counters().launches, 0u);
}

TEST_F(LibraryLaunchTest, ARefusedLaunchEnqueuesAndMakesNothing) {
  const Library library = open();
  GemmArgs args = some_args(7);
  args.ldd = 2116;
  EXPECT_EQ(message(make_gemm(library).launch(args, nullptr)),
            "invalid argument: ldd = 2116 is not a multiple of 8 (n2112_k7168)");
  EXPECT_EQ(compiler_opened, 0);
  EXPECT_EQ(calls_of("cuLaunchKernelEx"), 0);
}

TEST_F(LibraryLaunchTest, AFailedLaunchNamesTheCallAndIsNotCounted) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(1).ok());
  driver.fail_once("cuLaunchKernelEx", CUDA_ERROR_INVALID_VALUE);
  const Status status = gemm.launch(some_args(1), nullptr);
  EXPECT_EQ(status.code(), StatusCode::kDriverError);
  EXPECT_THAT(message(status), HasSubstr("cuLaunchKernelEx"));
  EXPECT_EQ(library.counters().launches, 0u);
  EXPECT_TRUE(gemm.launch(some_args(1), nullptr).ok());
}

TEST_F(LibraryLaunchTest, ACompileErrorCarriesLogAndSourceAndTheNextCallWorks) {
  compiler->fails = true;
  const Gemm gemm = make_gemm(open());
  const Status status = gemm.launch(some_args(7), nullptr);
  EXPECT_EQ(status.code(), StatusCode::kCompileFailed);
  EXPECT_THAT(std::string(status.detail()),
              AllOf(HasSubstr("error: told to fail"), HasSubstr("#include")));
  compiler->fails = false;
  EXPECT_TRUE(gemm.launch(some_args(7), nullptr).ok());
}

TEST_F(LibraryLaunchTest, AMissingCompilerIsLookedForAgain) {
  std::shared_ptr<FakeCompiler> installed_later = std::move(compiler);
  const Gemm gemm = make_gemm(open());
  EXPECT_EQ(gemm.prepare(1).code(), StatusCode::kMissing);
  compiler = installed_later;
  EXPECT_TRUE(gemm.prepare(1).ok());
  EXPECT_EQ(compiler_opened, 2);
}

TEST_F(LibraryLaunchTest, ManyThreadsLaunchThroughOneHandle) {
  compiler->delay_ms = 20;
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  on_threads(16, [&](int i) {
    driver.make_current(0);
    for (int64_t m = 1; m <= 64; ++m)
      EXPECT_TRUE(gemm.launch(some_args((m + i) % 64 + 1), nullptr).ok());
  });
  EXPECT_EQ(library.counters().launches, 16u * 64u);
  for (const stub_launch& launch : driver.launches())
    EXPECT_EQ(launch.a.rows, static_cast<unsigned long long>(launch.params.m));
  EXPECT_EQ(library.counters().compiled, library.counters().published);
  EXPECT_EQ(static_cast<uint64_t>(compiler->compiles()), library.counters().published);
}

TEST_F(LibraryLaunchTest, AGemmOutlivesItsLibraryAndUnloadsWithTheLast) {
  {
    const Gemm gemm = make_gemm(open());
    EXPECT_TRUE(gemm.launch(some_args(1), nullptr).ok());
    EXPECT_EQ(calls_of("cuLibraryUnload"), 0);
  }
  EXPECT_EQ(calls_of("cuLibraryUnload"), calls_of("cuLibraryLoadData"));
}

}  // namespace
}  // namespace jitgemm
