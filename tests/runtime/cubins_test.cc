#include <fcntl.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "tests/cache/fault_file_system.h"
#include "tests/runtime/cubins_fixture.h"

namespace jitgemm {
namespace {

using ::testing::Contains, ::testing::ElementsAre, ::testing::HasSubstr, ::testing::MatchesRegex;
namespace fs = std::filesystem;

TEST_F(CubinsTest, CompilesOnceThenReadsFromDisk) {
  Result<Cubin> first = get_in_new_process();
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_TRUE(first->compiled);
  EXPECT_TRUE(first->on_disk);

  Result<Cubin> second = get_in_new_process();
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_FALSE(second->compiled);
  EXPECT_EQ(*second->bytes, *first->bytes);

  EXPECT_EQ(counted(), "hit_disk=1 miss=1 compiled=1 published=1");
}

TEST_F(CubinsTest, AReadFromTheStoreIsAUseForTheOrderOfEviction) {
  ASSERT_TRUE(get_in_new_process().ok());
  const fs::file_time_type before = fs::file_time_type::clock::now() - std::chrono::hours(2);
  fs::last_write_time(only_entry(), before);
  ASSERT_TRUE(get_in_new_process().ok());
  EXPECT_GT(fs::last_write_time(only_entry()), before);
}

TEST_F(CubinsTest, AFailedCompileIsDeliveredWholeAndForgotten) {
  compiler->fails = true;
  Cubins cubins(parts(), &counters);
  const Status status = cubins.get(request).status();
  EXPECT_EQ(status.code(), StatusCode::kCompileFailed);
  EXPECT_THAT(std::string(status.detail()), HasSubstr("error: told to fail"));
  EXPECT_THAT(std::string(status.detail()), HasSubstr(request.source.text));
  EXPECT_TRUE((*parts().store->list()).empty());

  compiler->fails = false;
  EXPECT_TRUE(cubins.get(request).ok());
  EXPECT_EQ(counted(), "miss=2 compiled=1 compile_failed=1 published=1");
}

TEST_F(CubinsTest, AFailedPublishIsCountedAndTheCubinServes) {
  Cubins cubins(parts(), &counters);
  fs::remove_all(directory.path());
  std::ofstream(directory.path()) << "a file where the folder was";

  Result<Cubin> cubin = cubins.get(request);
  ASSERT_TRUE(cubin.ok()) << cubin.status().message();
  EXPECT_FALSE(cubin->on_disk);
  EXPECT_EQ(cubin->publish_error.code(), StatusCode::kIoError);
  EXPECT_EQ(counted(), "compiled=1 publish_failed=1 locks_unavailable=1 refused_irregular=1");
  EXPECT_THAT(log.lines(),
              Contains(MatchesRegex("debug jitgemm,v1,publish,n2112_k7168_.*,failed,reason=.+")));
}

TEST_F(CubinsTest, AnUnusableFolderCountsEveryCompileAsNotPublished) {
  CubinParts without_store = with_layers({}, nullptr);
  without_store.no_store = Status(StatusCode::kIoError, "no such\nluck");
  Result<Cubin> cubin = Cubins(without_store, &counters).get(request);
  ASSERT_TRUE(cubin.ok());
  EXPECT_EQ(cubin->publish_error.message(), "no such\nluck");
  EXPECT_THAT(
      log.lines(),  // one, at no level that is shown by default
      ElementsAre("debug jitgemm,v1,publish," + request.kernel + ",failed,reason=no such luck"));
  EXPECT_EQ(counted(), "compiled=1 publish_failed=1");
}

TEST_F(CubinsTest, WithoutADiskNothingIsCountedAsMissedOrPublished) {
  Result<Cubin> cubin = Cubins(with_layers({}, nullptr), &counters).get(request);
  ASSERT_TRUE(cubin.ok());
  EXPECT_TRUE(cubin->publish_error.ok());
  EXPECT_FALSE(cubin->on_disk);
  EXPECT_EQ(counted(), "compiled=1");
}

TEST_F(CubinsTest, AColdCacheWithoutACompilerSaysBoth) {
  compiler = nullptr;
  const Status status = get_in_new_process().status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_EQ(std::string(status.message()),
            request.kernel + " is not in the cache and cannot be compiled: NVRTC is nowhere");
  EXPECT_EQ(status.detail(), "looked there");
}

TEST_F(CubinsTest, AnotherCompilersEntryIsNotTakenWhereThereIsACompiler) {
  ASSERT_TRUE(get_in_new_process().ok());
  compiler = std::make_shared<FakeCompiler>("fake 2.0");
  EXPECT_TRUE(get_in_new_process()->compiled);
  EXPECT_EQ((*parts().store->list()).size(), 2u);
}

// A folder on which only what reads is allowed, as on a read-only mount.
struct ReadOnlyLayer {
  explicit ReadOnlyLayer(const std::string& root) {
    faults->fault = [](const cache::FaultFileSystem::Call& call) {
      static const std::set<std::string> reading = {"open", "read", "close", "fstat", "list"};
      return reading.contains(call.name) && (call.flags & (O_CREAT | O_ACCMODE)) == 0 ? 0 : EROFS;
    };
    store = *cache::Store::open_existing(root, {.file_system = faults});
  }
  bool wrote() const {
    return std::ranges::any_of(faults->calls,
                               [&](const auto& call) { return faults->fault(call); });
  }
  std::shared_ptr<cache::FaultFileSystem> faults = std::make_shared<cache::FaultFileSystem>();
  std::shared_ptr<cache::Store> store;
};

TEST_F(CubinsTest, ALayerServesBeforeTheStoreAndIsNeverWritten) {
  ASSERT_TRUE(get_in_new_process().ok());
  const TemporaryDirectory upper;
  const ReadOnlyLayer layer(directory.string());
  const CubinParts layered = with_layers({layer.store}, *cache::Store::open(upper.string()));
  Cubins cubins(layered, &counters);
  EXPECT_FALSE(cubins.get(request)->compiled);
  EXPECT_TRUE((*layered.store->list()).empty());

  const CubinRequest other = request_of({.n = 4096, .k = 512});
  EXPECT_TRUE(cubins.get(other)->compiled);
  EXPECT_TRUE(cubins.get(other)->on_disk);
  EXPECT_EQ((*layered.store->list()).size(), 1u);
  EXPECT_EQ(compiler->compiles(), 2);
  EXPECT_FALSE(layer.wrote());
}

TEST_F(CubinsTest, LayersWithoutAStoreServeAndTheRestIsKeptInMemory) {
  ASSERT_TRUE(get_in_new_process().ok());
  const TemporaryDirectory empty;
  const ReadOnlyLayer first(empty.string()), second(directory.string());
  const CubinParts layered = with_layers({first.store, second.store}, nullptr);
  EXPECT_FALSE(Cubins(layered, &counters).get(request)->compiled);

  compiler = std::make_shared<FakeCompiler>("fake 2.0");
  Result<Cubin> cubin = Cubins(layered, &counters).get(request);
  EXPECT_TRUE(cubin->compiled);
  EXPECT_FALSE(cubin->on_disk);
  EXPECT_TRUE(cubin->publish_error.ok());
  EXPECT_EQ(counted(), "hit_disk=1 miss=2 compiled=2 published=1");
  EXPECT_FALSE(first.wrote() || second.wrote());
}

TEST_F(CubinsTest, AnEntryThatIsDamagedInALayerIsCountedOnceAndHealsInTheStore) {
  ASSERT_TRUE(get_in_new_process().ok());
  fs::resize_file(only_entry(), fs::file_size(only_entry()) - 1);
  const TemporaryDirectory upper;
  const ReadOnlyLayer layer(directory.string());
  const CubinParts layered = with_layers({layer.store}, *cache::Store::open(upper.string()));
  EXPECT_TRUE(Cubins(layered, &counters).get(request)->compiled);
  EXPECT_FALSE(Cubins(layered, &counters).get(request)->compiled);
  EXPECT_EQ(counted(), "hit_disk=1 miss=1 damaged=2 compiled=2 published=2");
  EXPECT_FALSE(layer.wrote());
}

TEST_F(CubinsTest, AnUnusableLockIsCountedAndTheKernelIsCompiled) {
  fs::create_directories(directory.path() / "lock");  // a folder where the file would be
  const fs::path no_folder = directory.path() / "lock" / "file";
  std::ofstream(no_folder) << "nothing is locked in here";
  const CubinParts without_locks =
      with_layers({}, *cache::Store::open(directory.string(), {.lock_dir = no_folder}));
  EXPECT_TRUE(Cubins(without_locks, &counters).get(request)->compiled);
  EXPECT_EQ(counted(), "miss=1 compiled=1 published=1 locks_unavailable=1");
  EXPECT_THAT(log.warnings(),
              ElementsAre(MatchesRegex("jitgemm,v1,lock,.*,failed,reason=open .*")));
}

TEST_F(CubinsTest, AHeldLockIsWaitedForAndThenCompiledAllTheSame) {
  const std::shared_ptr<cache::Store> store = parts().store;
  const cache::MakerLock held =
      store->lock({request.key.what_digest, codegen::builder_digest(compiler->build())},
                  std::chrono::milliseconds(0));
  CubinParts impatient = parts();
  impatient.longest_wait = std::chrono::milliseconds(20);
  EXPECT_TRUE(Cubins(impatient, &counters).get(request)->compiled);
  EXPECT_EQ(counted(), "miss=1 compiled=1 published=1 waits=1 wait_timeouts=1");
  EXPECT_THAT(log.warnings(),
              ElementsAre(MatchesRegex("jitgemm,v1,wait,.*,failed,reason=.*20 ms")));
}

TEST_F(CubinsTest, SpilledRegistersAreOneWarning) {
  compiler->spills = true;
  ASSERT_TRUE(get_in_new_process().ok());
  EXPECT_THAT(log.warnings(),
              ElementsAre("jitgemm,v1,ptxas," + request.kernel +
                          ",stack_bytes=0,spill_store_bytes=8,spill_load_bytes=0,warnings=0,"
                          "reason=registers in memory"));
}

}  // namespace
}  // namespace jitgemm
