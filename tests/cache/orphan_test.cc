// Temporary files of dead processes are removed, and nothing else.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "cache/store.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;

class StoreOrphanTest : public ::testing::Test {
 protected:
  StoreOrphanTest() { EXPECT_TRUE(store_->put(sample_name(1), sample_entry()).ok()); }

  fs::path write_temporary(minutes age,
                           const std::string& name = temporary_file(sample_name(), 7)) {
    write_file(tmp_ / name, "half");
    set_age(tmp_ / name, age);
    return tmp_ / name;
  }

  const TemporaryDirectory folder_;
  const std::shared_ptr<FaultFileSystem> faults_ = std::make_shared<FaultFileSystem>();
  const std::shared_ptr<Store> store_ =
      *Store::open(folder_.path() / "cache", {.file_system = faults_});
  const fs::path tmp_ = folder_.path() / "cache" / "tmp";
};

TEST_F(StoreOrphanTest, IsATemporaryFileOlderThanAnHour) {
  for (const int age : {-60, 0, 1, 30, 59, 61, 120, 60'000}) {
    const fs::path file = write_temporary(minutes(age));
    EXPECT_EQ(*store_->remove_orphans(), age > 60 ? 1u : 0u) << age;
    EXPECT_EQ(fs::exists(file), age <= 60) << age;
  }
  EXPECT_EQ(store_->list()->size(), 1u);
  EXPECT_EQ(store_->usage()->temporary_files, 0u);
}

TEST_F(StoreOrphanTest, IsOldByTheClockOfTheFileSystem) {
  faults_->clock_error_s = -2 * 3600;
  const fs::path file = write_temporary(hours(2) + minutes(30));
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  faults_->clock_error_s = +3600;
  set_age(file, minutes(30));
  EXPECT_EQ(*store_->remove_orphans(), 1u);
}

TEST_F(StoreOrphanTest, HasTheNameThatThisOrAnEarlierVersionGives) {
  const std::string digits = "0123456789abcdef";
  write_temporary(hours(2), sample_name().text() + "." + digits + ".tmp");
  write_temporary(hours(2), sample_name().text() + "." + digits + "-" + digits + ".tmp");
  const fs::path stranger = write_temporary(hours(2), "notes.tmp");
  EXPECT_EQ(*store_->remove_orphans(), 2u);
  EXPECT_TRUE(fs::exists(stranger));
}

TEST_F(StoreOrphanTest, IsNotLookedForBehindALink) {
  const fs::path file = write_temporary(hours(2));
  fs::rename(tmp_, folder_.path() / "elsewhere");
  fs::create_directory_symlink(folder_.path() / "elsewhere", tmp_);
  EXPECT_EQ(store_->remove_orphans().status().code(), StatusCode::kIoError);
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(StoreOrphanTest, NothingIsWrittenWhereThereIsNone) {
  faults_->calls.clear();
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  fs::remove(tmp_);
  EXPECT_EQ(*store_->remove_orphans(), 0u);
  for (const FaultFileSystem::Call& call : faults_->calls) EXPECT_EQ(call.flags & O_CREAT, 0);
}

}  // namespace
}  // namespace jitgemm::cache
