#include "src/runtime/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "src/plan/plan.h"
#include "tests/message.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/on_threads.h"
#include "tests/runtime/stub_calls.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RegistryTest : public ::testing::Test {
 protected:
  RegistryParts parts() {
    auto store = cache::Store::open(directory.string());
    EXPECT_TRUE(store.ok()) << store.status().message();
    RegistryParts parts = memory_only();
    parts.cubins.store = *store;
    return parts;
  }

  RegistryParts memory_only() {
    return {.cubins = {.compiler = [this]() -> Result<std::shared_ptr<compile::Compiler>> {
                         if (!compiler) return Status(StatusCode::kMissing, "NVRTC is nowhere");
                         return std::shared_ptr<compile::Compiler>(compiler);
                       },
                       .log = log.sink()},
            .driver = [] { return device::Driver::open(StubDriver::path()); }};
  }

  StubDriver driver;
  TemporaryDirectory directory;
  LogRecorder log;
  std::shared_ptr<FakeCompiler> compiler = std::make_shared<FakeCompiler>();
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
  EXPECT_EQ(Registry(memory_only()).warm(config).status().code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace jitgemm
