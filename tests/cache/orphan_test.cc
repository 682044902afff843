// Temporary files whose writer is dead are removed, and nobody else's.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

class StoreOrphanTest : public ::testing::TestWithParam<bool> {
 protected:
  StoreOrphanTest() {
    if (GetParam()) faults_->forced_type = 0x6969;  // NFS: locks are the host's
    EXPECT_TRUE(store_->put(sample_name(1), sample_entry()).ok());
  }

  std::shared_ptr<Store> opened_with(const fs::path& lock_dir) const {
    return *Store::open(root_, {.file_system = faults_, .lock_dir = lock_dir});
  }
  uint64_t temporary_files() const { return *store_->temporary_files(); }

  // A process that has written an entry and waits, before it is renamed, until it is killed.
  pid_t start_writer() const {
    const pid_t writer = start_child([&] {
      faults_->fault = [](const FaultFileSystem::Call& call) {
        while (call.name == "rename") ::pause();
        return 0;
      };
      return store_->put(sample_name(), sample_entry()).ok() ? 0 : 1;
    });
    while (temporary_files() == 0 && !has_ended(writer))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return writer;
  }

  void kill_writer(pid_t writer) const {
    ASSERT_EQ(::kill(writer, SIGKILL), 0);
    ASSERT_EQ(wait_for(writer), -SIGKILL);
  }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const std::shared_ptr<FaultFileSystem> faults_ = std::make_shared<FaultFileSystem>();
  const std::shared_ptr<Store> store_ = opened_with(folder_.path() / "locks");
};

TEST_P(StoreOrphanTest, IsRemovedAsSoonAsItsWriterIsDeadAndNotBefore) {
  const pid_t writer = start_writer();
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  EXPECT_EQ(temporary_files(), 1u);
  kill_writer(writer);
  EXPECT_EQ(*store_->remove_orphans(), 1u);
  EXPECT_EQ(temporary_files(), 0u);
  EXPECT_EQ(store_->list()->size(), 1u);
}

TEST_P(StoreOrphanTest, OfAnUnknownWriterStaysForAnHour) {
  const fs::path file =
      root_ / "tmp" / temporary_file(sample_name(), "0123456789abcdef-0123456789abcdef");
  write_file(file, "half");
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  fs::last_write_time(file, fs::file_time_type::clock::now() - hours(2));
  EXPECT_EQ(*store_->remove_orphans(), 1u);
  EXPECT_EQ(temporary_files(), 0u);
}

TEST_P(StoreOrphanTest, WhatIsNotTheStoresStays) {
  const fs::path file = root_ / "tmp" / "notes.tmp";
  write_file(file, "mine");
  fs::last_write_time(file, fs::file_time_type::clock::now() - hours(1000));
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  EXPECT_TRUE(fs::exists(file));
}

TEST_P(StoreOrphanTest, NothingIsWrittenWhereThereIsNone) {
  faults_->calls.clear();
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  for (const FaultFileSystem::Call& call : faults_->calls) EXPECT_EQ(call.flags & O_CREAT, 0);
}

INSTANTIATE_TEST_SUITE_P(All, StoreOrphanTest, ::testing::Bool(),
                         [](const auto& on) { return on.param ? "OnAShare" : "OnALocalDisk"; });

using StoreSharedOrphanTest = StoreOrphanTest;
INSTANTIATE_TEST_SUITE_P(All, StoreSharedOrphanTest, ::testing::Values(true));

TEST_P(StoreSharedOrphanTest, OfAnotherHostsLivingWriterStays) {
  const pid_t writer = start_writer();
  EXPECT_EQ(*opened_with(folder_.path() / "other host")->remove_orphans(), 0u);
  kill_writer(writer);
  EXPECT_EQ(*opened_with(folder_.path() / "other host")->remove_orphans(), 0u);
  EXPECT_EQ(*store_->remove_orphans(), 1u);
}

}  // namespace
}  // namespace jitgemm::cache
