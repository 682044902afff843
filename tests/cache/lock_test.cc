// The maker lock has one holder at a time, until the holder unlocks it or dies. It never fails a
// get.
#include <gmock/gmock.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using State = MakerLock::State;

constexpr milliseconds kAtOnce{0}, kLong{10'000};

class StoreLockTest : public ::testing::Test {
 protected:
  State state(const EntryName& name) { return store_->lock(name, kAtOnce).state; }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const fs::path host_ = folder_.path() / "host";
  const std::shared_ptr<FaultFileSystem> faults_ = std::make_shared<FaultFileSystem>();
  const std::shared_ptr<Store> store_ =
      *Store::open(root_, {.file_system = faults_, .lock_dir = host_});
};

TEST_F(StoreLockTest, HasOneHolderUntilItLetsGo) {
  {
    const MakerLock held =
        (*Store::open(root_))->lock(sample_name(), kAtOnce);  // outlives the store
    EXPECT_EQ(held.state, State::kHeld);
    EXPECT_FALSE(held.waited);
    const MakerLock refused = store_->lock(sample_name(), kAtOnce);
    EXPECT_EQ(refused.state, State::kTimedOut);
    EXPECT_TRUE(refused.waited);
  }
  EXPECT_EQ(state(sample_name()), State::kHeld);
  EXPECT_EQ(faults_->open_descriptors(), 0u);
}

TEST_F(StoreLockTest, IsOfOneKeyAlone) {
  const MakerLock held = store_->lock(sample_name(0xab, 1), kAtOnce);
  EXPECT_EQ(state(sample_name(0xab, 2)), State::kHeld);
  EXPECT_EQ(state(sample_name(0xac, 1)), State::kHeld);
  EXPECT_EQ(state(sample_name(0xab, 1)), State::kTimedOut);
  // The highest offsets are ones that the kernel takes.
  EXPECT_EQ(state({std::string(32, 'f'), std::string(16, '0')}), State::kHeld);
  EXPECT_EQ(state({std::string(32, 'f'), std::string(16, 'f')}), State::kHeld);
}

TEST_F(StoreLockTest, FileIsEmptyPrivateAndOutlivesItsHoldersAndClear) {
  const fs::path file = root_ / "lock";
  EXPECT_EQ(state(sample_name()), State::kHeld);
  struct stat before, after;
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  EXPECT_EQ(before.st_mode & 07777, 0600u);
  EXPECT_EQ(before.st_size, 0);
  EXPECT_TRUE(store_->clear().ok());
  EXPECT_EQ(state(sample_name()), State::kHeld);
  ASSERT_EQ(::stat(file.c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino);
}

TEST_F(StoreLockTest, FailedCallIsNoLockAndSaysWhy) {
  for (const std::string call : {"open", "lock"}) {
    for (const int error : {ENOLCK, EROFS, EACCES, EIO, EMFILE, ENOSYS, EINVAL, ESTALE}) {
      faults_->fault = [&](const FaultFileSystem::Call& made) {
        return made.name == call && made.path.ends_with("lock") ? error : 0;
      };
      const MakerLock lock = store_->lock(sample_name(), kLong);
      EXPECT_EQ(lock.state, State::kUnavailable);
      EXPECT_THAT(lock.reason, HasSubstr(call + " " + (root_ / "lock").string()));
      EXPECT_THAT(lock.reason, HasSubstr(strerrorname_np(error)));
    }
  }
}

TEST_F(StoreLockTest, LinkInTheFilesPlaceIsNotFollowedAndRootThatWentIsNotMade) {
  write_file(host_, "no folder: nothing locks there");
  fs::create_symlink(folder_.path() / "victim", root_ / "lock");
  EXPECT_EQ(state(sample_name()), State::kUnavailable);
  EXPECT_FALSE(fs::exists(folder_.path() / "victim"));
  fs::remove_all(root_);
  EXPECT_EQ(state(sample_name()), State::kUnavailable);
  EXPECT_FALSE(fs::exists(root_));
}

// ---- the lock file of the host ----

class StoreHostLockTest : public StoreLockTest {
 protected:
  static constexpr int64_t kNfs = 0x6969;
  StoreHostLockTest() { faults_->forced_type = kNfs; }

  std::shared_ptr<Store> opened_with(const fs::path& lock_dir) const {
    return *Store::open(root_, {.file_system = faults_, .lock_dir = lock_dir});
  }
};

TEST_F(StoreHostLockTest, IsHeldInAPrivateFolderOfTheUserAndNotOnTheShare) {
  const MakerLock held = store_->lock(sample_name(), kAtOnce);
  EXPECT_EQ(held.state, State::kHeld) << held.reason;
  EXPECT_EQ(opened_with(host_)->lock(sample_name(), kAtOnce).state, State::kTimedOut);
  const MakerLock by_default = opened_with({})->lock(sample_name(), kAtOnce);
  EXPECT_EQ(by_default.state, State::kHeld) << by_default.reason;
  EXPECT_FALSE(fs::exists(root_ / "lock"));
  EXPECT_EQ(fs::status(host_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(std::distance(fs::directory_iterator(host_), {}), 1);
}

TEST_F(StoreHostLockTest, IsHeldInTheRootOnLocalFileSystemsOnly) {
  const std::vector<std::pair<int64_t, const char*>> network = {
      {0x6969, "NFS"},        {0x517b, "SMB"},        {0xff534d42, "CIFS"},
      {0xfe534d42, "SMB 2"},  {0x01021997, "9P"},     {0x65735546, "FUSE, virtiofs"},
      {0x00c36400, "Ceph"},   {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
      {0x19830326, "BeeGFS"}, {0x5346414f, "AFS"},    {0x7461636f, "OCFS2"},
      {0x01161970, "GFS2"}};
  const auto is_in_root = [&] {
    fs::remove(root_ / "lock");
    EXPECT_EQ(state(sample_name()), State::kHeld);
    return fs::exists(root_ / "lock");
  };
  for (const auto& [type, name] : network) {
    faults_->forced_type = type;
    EXPECT_FALSE(is_in_root()) << name;
  }
  for (const int64_t local :
       {0xef53, 0x58465342, 0x01021994, 0x794c7630}) {  // ext4, XFS, tmpfs, overlay
    faults_->forced_type = local;
    EXPECT_TRUE(is_in_root()) << local;
  }
}

TEST_F(StoreHostLockTest, IsNotSeenByAnotherHostAndIsNotThatOfAnotherRoot) {
  const MakerLock here = store_->lock(sample_name(), kAtOnce);
  const MakerLock there = opened_with(folder_.path() / "other host")->lock(sample_name(), kAtOnce);
  EXPECT_EQ(here.state, State::kHeld);
  EXPECT_EQ(there.state, State::kHeld);
  const auto other =
      *Store::open(folder_.path() / "other", {.file_system = faults_, .lock_dir = host_});
  EXPECT_EQ(other->lock(sample_name(), kAtOnce).state, State::kHeld);
}

TEST_F(StoreHostLockTest, ServesWhereTheRootsOwnFileCannotBeLocked) {
  faults_->forced_type = 0;
  faults_->fault = [](const FaultFileSystem::Call& made) {
    return made.name == "lock" && made.path == "lock" ? ENOLCK : 0;
  };
  const MakerLock held = store_->lock(sample_name(), kAtOnce);
  EXPECT_EQ(held.state, State::kHeld) << held.reason;
  EXPECT_EQ(state(sample_name()), State::kTimedOut);
}

TEST_F(StoreHostLockTest, FolderThatIsNotPrivateIsRefused) {
  fs::create_directory(host_);
  const auto expect_refused = [&] {
    const MakerLock lock = store_->lock(sample_name(), kAtOnce);
    EXPECT_EQ(lock.state, State::kUnavailable);
    EXPECT_THAT(lock.reason, HasSubstr("not private to this user"));
  };
  for (const unsigned mode : {0755, 0750, 0705, 0701}) {
    fs::permissions(host_, fs::perms{mode});
    expect_refused();
  }
  fs::permissions(host_, fs::perms{0700});
  EXPECT_EQ(state(sample_name()), State::kHeld);
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give the folder away";
  ASSERT_EQ(::chown(host_.c_str(), 1234, 1234), 0);
  expect_refused();
}

TEST_F(StoreLockTest, IsLetGoAlsoWhereAForkedChildHasItsFile) {
  pid_t child = 0;
  {
    const MakerLock held = store_->lock(sample_name(), kAtOnce);
    ASSERT_EQ(held.state, State::kHeld);
    child = start_child([] {
      ::pause();
      return 0;
    });
  }
  EXPECT_EQ(state(sample_name()), State::kHeld);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_EQ(wait_for(child), -SIGKILL);
}

}  // namespace
}  // namespace jitgemm::cache
