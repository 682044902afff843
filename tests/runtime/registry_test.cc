#include "src/runtime/registry.h"

#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "src/plan/plan.h"
#include "tests/runtime/cubins_fixture.h"
#include "tests/runtime/on_threads.h"
#include "tests/runtime/stub_calls.h"

namespace jitgemm {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::MatchesRegex;

class RegistryTest : public CubinsTest {
 protected:
  static RegistryParts on_stub(CubinParts cubins) {
    return {.cubins = std::move(cubins),
            .driver = [] { return device::Driver::open(StubDriver::path()); }};
  }
  RegistryParts parts() { return on_stub(CubinsTest::parts()); }

  StubDriver driver;
  const plan::KernelConfig config =
      plan::decide({.n = 2112, .k = 7168}, 16, plan::known_devices().front())->config;
};

TEST_F(RegistryTest, SixtyFourThreadsMakeOneKernel) {
  compiler->delay_ms = 50;
  Registry registry(parts());
  std::mutex mutex;
  std::set<KernelPtr> kernels;
  on_threads(64, [&](int) {
    driver.make_current(0);
    Result<KernelPtr> kernel = registry.get(config);
    ASSERT_TRUE(kernel.ok()) << kernel.status().message();
    std::lock_guard lock(mutex);
    kernels.insert(*kernel);
  });
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_EQ(kernels.size(), 1u);
  EXPECT_EQ(count_calls(driver, "cuLibraryLoadData"), 1);
  EXPECT_EQ(text_of(registry.counters()), "hit_memory=63 miss=1 compiled=1 published=1");
}

TEST_F(RegistryTest, MemoryThenDiskThenCompile) {
  Registry first(parts());
  ASSERT_TRUE(first.get(config).ok());
  ASSERT_TRUE(first.get(config).ok());
  EXPECT_EQ(text_of(first.counters()), "hit_memory=1 miss=1 compiled=1 published=1");

  Registry second(parts());
  ASSERT_TRUE(second.get(config).ok());
  EXPECT_EQ(text_of(second.counters()), "hit_disk=1");
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_THAT(log.lines(),
              ElementsAre(MatchesRegex("info jitgemm,v1,get,n2112_k7168_.*,hit=none,ms=.+"),
                          MatchesRegex("debug jitgemm,v1,get,n2112_k7168_.*,hit=memory,ms=.+"),
                          MatchesRegex("info jitgemm,v1,get,n2112_k7168_.*,hit=disk,ms=.+")));
}

TEST_F(RegistryTest, AnEntryThatTheDriverRefusesIsCompiledAnewOnce) {
  ASSERT_TRUE(Registry(parts()).get(config).ok());
  driver.fail_once("cuLibraryLoadData", CUDA_ERROR_INVALID_IMAGE);
  compiler->delay_ms = 100;
  Registry registry(parts());
  ASSERT_TRUE(registry.get(config).ok());
  EXPECT_LT(registry.made().at(0).load_ms, 100);  // without the compile
  EXPECT_EQ(compiler->compiles(), 2);
  EXPECT_EQ(text_of(registry.counters()), "hit_disk=1 compiled=1 published=1 refused_by_driver=1");
}

TEST_F(RegistryTest, ARefusedEntryWithoutACompilerIsTheDriversError) {
  ASSERT_TRUE(Registry(parts()).get(config).ok());
  compiler = nullptr;
  driver.fail_once("cuLibraryLoadData", CUDA_ERROR_INVALID_IMAGE);
  const Status status = Registry(parts()).get(config).status();
  EXPECT_EQ(status.code(), StatusCode::kDriverError);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cuLibraryLoadData"));
}

TEST_F(RegistryTest, AFreshCubinThatTheDriverRefusesIsNotCompiledTwice) {
  driver.fail_once("cuLibraryLoadData", CUDA_ERROR_INVALID_IMAGE);
  Registry registry(parts());
  EXPECT_EQ(registry.get(config).status().code(), StatusCode::kDriverError);
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_TRUE(registry.get(config).ok());  // forgotten, and on disk
  EXPECT_EQ(compiler->compiles(), 1);
}

TEST_F(RegistryTest, DevicesThatAskAtOnceShareOneCompile) {
  constexpr int kDevices = 4;
  compiler->delay_ms = 50;
  driver.set_devices(std::vector<stub_device>(kDevices, StubDriver::h200()));
  Registry registry(parts());
  on_threads(16, [&](int i) {
    driver.make_current(i % kDevices);
    EXPECT_TRUE(registry.get(config).ok());
  });
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_EQ(count_calls(driver, "cuLibraryLoadData"), 1);
  EXPECT_EQ(count_calls(driver, "cuKernelGetFunction"), kDevices);
  EXPECT_EQ(text_of(registry.counters()), "hit_memory=15 miss=1 compiled=1 published=1");
}

TEST_F(RegistryTest, WithoutAContextNothingIsCompiled) {
  driver.make_none_current();
  const Status status = Registry(parts()).get(config).status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no CUDA context"));
  EXPECT_EQ(compiler->compiles(), 0);
}

TEST_F(RegistryTest, WarmNeedsNoDriverButADisk) {
  RegistryParts no_driver = parts();
  no_driver.driver = []() -> Result<DriverPtr> {
    return Status(StatusCode::kMissing, "no driver");
  };
  Registry registry(no_driver);
  Result<Cubin> warmed = registry.warm(config);
  ASSERT_TRUE(warmed.ok()) << warmed.status().message();
  EXPECT_TRUE(warmed->compiled);
  EXPECT_EQ(warmed->compile_ms, 1.5);
  EXPECT_FALSE(registry.warm(config)->compiled);
  EXPECT_THAT(log.lines(), ElementsAre(MatchesRegex("info jitgemm,v1,warm,.*,hit=none,ms=.+"),
                                       MatchesRegex("info jitgemm,v1,warm,.*,hit=disk,ms=.+")));
  EXPECT_EQ(registry.get(config).status().message(), "no driver");
  EXPECT_EQ(Registry(on_stub(with_layers({}, nullptr))).warm(config).status().code(),
            StatusCode::kIoError);
}

}  // namespace
}  // namespace jitgemm
