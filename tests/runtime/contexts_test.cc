// Several contexts of one device: each is prepared by itself, and a context is known by its id.
#include <gmock/gmock.h>

#include <jitgemm/library.h>

#include <vector>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::SizeIs, ::testing::StartsWith;

constexpr int64_t kTokens[] = {1, 64, 4096};

class ContextsTest : public LibraryTest {
 protected:
  // That every launch in the current context is ready.
  void expect_ready(const Gemm& gemm) {
    for (const int64_t m : kTokens) {
      GemmArgs args = some_args(m);
      args.on_miss = MissPolicy::kFail;
      EXPECT_EQ(message(gemm.launch(args, kStream)), "") << m;
    }
    for (const stub_launch& launch : driver.launches()) EXPECT_EQ(launch.loaded_by_launch, 0);
  }
};

TEST_F(ContextsTest, PrepareLoadsInTheCallersContext) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(4096).ok());
  const int compiled = compiler->compiles(), loaded = calls_of("cuLibraryLoadData");
  const CUcontext second = driver.create_context();
  driver.make_current(second);
  ASSERT_TRUE(gemm.prepare(4096).ok());
  expect_ready(gemm);
  driver.make_current(0);
  expect_ready(gemm);
  driver.make_current(driver.create_context());
  ASSERT_TRUE(library.prepare({.shapes = {kShape}, .m_max = 4096, .threads = 2})->complete());
  expect_ready(gemm);
  driver.make_current(second);
  expect_ready(gemm);
  EXPECT_EQ(compiler->compiles(), compiled);
  EXPECT_EQ(calls_of("cuLibraryLoadData"), loaded);
}

TEST_F(ContextsTest, ALaunchInAnotherContextIsAMiss) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(64).ok());
  driver.make_current(driver.create_context());
  GemmArgs args = some_args(64);
  args.on_miss = MissPolicy::kFail;
  EXPECT_THAT(message(gemm.launch(args, kStream)),
              StartsWith("not ready: " + gemm.kernel_name(64)));
  driver.begin_capture(kStream);
  EXPECT_EQ(gemm.launch(some_args(64), kStream).code(), StatusCode::kNotReady);
  EXPECT_TRUE(driver.end_capture(kStream));
  EXPECT_THAT(driver.launches(), SizeIs(0));

  EXPECT_TRUE(gemm.launch(some_args(64), kStream).ok());
  ASSERT_THAT(driver.launches(), SizeIs(1));
  EXPECT_EQ(driver.launches()[0].loaded_by_launch, 0);
}

TEST_F(ContextsTest, ALaunchWithoutAContextIsRefused) {
  const Gemm gemm = make_gemm(open());
  ASSERT_TRUE(gemm.prepare(64).ok());
  driver.make_none_current();
  EXPECT_THAT(message(gemm.launch(some_args(64), kStream)),
              StartsWith("missing: no CUDA context is current"));
}

TEST_F(ContextsTest, AContextAtTheAddressOfADestroyedOneIsPreparedByItself) {
  const Gemm gemm = make_gemm(open());
  const CUcontext first = driver.create_context();
  driver.make_current(first);
  ASSERT_TRUE(gemm.prepare(4096).ok());
  expect_ready(gemm);
  driver.destroy_context(first);
  const CUcontext second = driver.create_context();
  ASSERT_EQ(first, second);
  driver.make_current(second);
  GemmArgs args = some_args(64);
  args.on_miss = MissPolicy::kFail;
  EXPECT_EQ(gemm.launch(args, kStream).code(), StatusCode::kNotReady);
  ASSERT_TRUE(gemm.prepare(4096).ok());
  expect_ready(gemm);
}

TEST_F(ContextsTest, AGenericKernelServesEachContextMeanwhile) {
  const Library library = open_with(MissPolicy::kBackground);
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(64).ok());
  driver.make_current(driver.create_context());
  EXPECT_TRUE(gemm.launch(some_args(64), kStream).ok());
  EXPECT_EQ(library.counters().launches_generic, 1u);
  EXPECT_EQ(driver.launches().at(0).loaded_by_launch, 0);
  ASSERT_TRUE(gemm.prepare(64).ok());
  EXPECT_TRUE(gemm.launch(some_args(64), kStream).ok());
  EXPECT_EQ(library.counters().launches_generic, 1u);
  EXPECT_EQ(driver.launches().at(1).loaded_by_launch, 0);
}

TEST_F(ContextsTest, EachContextsKernelIsARecordWithItsPlanAndItsLaunches) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.launch(some_args(1), kStream).ok());
  driver.make_current(driver.create_context());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(gemm.launch(some_args(1), kStream).ok());
  driver.make_current(0);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(gemm.launch(some_args(1), kStream).ok());
  const std::vector<KernelRecord> records = library.kernels();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].launches, 5u);
  EXPECT_EQ(records[0].origin, KernelOrigin::kCompiled);
  EXPECT_EQ(records[1].launches, 2u);
  EXPECT_EQ(records[1].origin, KernelOrigin::kMemory);
  for (const KernelRecord& record : records) {
    EXPECT_EQ(record.plan, "model");
    EXPECT_EQ(record.m_first, 1);
    EXPECT_GE(record.m_last, 1);
  }
}

}  // namespace
}  // namespace jitgemm
