// Whose folders and files are trusted.
#include "cache/owner.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cache/store.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uid_t kRoot = 0, kUser = 1000, kOther = 1234;

std::string distrust(uid_t owner, mode_t mode, uid_t user, const Owners& owners = {}) {
  struct stat status = {};
  status.st_uid = owner;
  status.st_mode = S_IFDIR | mode;
  return check_owner(status, "/cache", user, owners).distrust;
}

TEST(OwnerTest, OneselfAndRootAreTrusted) {
  EXPECT_EQ(distrust(kUser, 0700, kUser), "");
  EXPECT_EQ(distrust(kRoot, 0755, kUser), "");
  EXPECT_EQ(distrust(kRoot, 0755, kRoot), "");
}

TEST(OwnerTest, AnotherIsTrustedWhenNamedAlone) {
  EXPECT_EQ(distrust(kOther, 0755, kUser), "is owned by user 1234; trusted are 0, 1000");
  EXPECT_EQ(distrust(kOther, 0755, kRoot), "is owned by user 1234; trusted are 0");
  EXPECT_EQ(distrust(kOther, 0755, kUser, {.named = {kOther}}), "");
  EXPECT_EQ(distrust(kOther, 0755, kRoot, {.named = {kOther}}), "");
}

TEST(OwnerTest, WhatOthersMayWriteIsNotTrustedForAnyOwner) {
  for (const mode_t mode : {0777, 0770, 0720, 0702, 01777})
    for (const uid_t owner : {kUser, kRoot, kOther})
      EXPECT_THAT(distrust(owner, mode, kUser, {.named = {kOther}}),
                  HasSubstr("may be written by others"));
  for (const mode_t mode : {0700, 0755, 0555, 0500}) EXPECT_EQ(distrust(kUser, mode, kUser), "");
  EXPECT_EQ(distrust(kOther, 0777, kUser, {.anyone = true}), "");  // for inspection
}

class StoreOwnerTest : public ::testing::Test {
 protected:
  StoreOwnerTest() { EXPECT_TRUE(store_->put(name_, entry_).ok()); }

  Status open_status() const { return Store::open(root_).status(); }
  Miss miss() const { return get(*store_, name_, entry_).miss; }
  void give_away(const fs::path& path) const { ASSERT_EQ(::chown(path.c_str(), kOther, -1), 0); }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const EntryName name_ = sample_name();
  const Entry entry_ = sample_entry();
  const std::shared_ptr<Store> store_ = *Store::open(root_);
  const fs::path file_ = path_of(root_, name_);
};

TEST_F(StoreOwnerTest, RootThatOthersMayWriteIsRefused) {
  fs::permissions(root_, fs::perms{0777});
  EXPECT_EQ(open_status().code(), StatusCode::kIoError);
  EXPECT_THAT(std::string(open_status().message()),
              HasSubstr(root_.string() + " may be written by others than its owner (mode 0777)"));
  EXPECT_TRUE(Store::open(root_, {.owners = {.anyone = true}}).ok());
}

TEST_F(StoreOwnerTest, RootShardAndEntryAreLookedAtByEveryGetAndPut) {
  for (const fs::path& path : {root_, file_.parent_path(), file_}) {
    const fs::perms before = fs::status(path).permissions();
    fs::permissions(path, fs::perms{0777});
    EXPECT_EQ(miss(), Miss::kUntrusted) << path;
    EXPECT_EQ(store_->get_any_builder(name_.what_digest, entry_.what).miss, Miss::kUntrusted);
    EXPECT_EQ(store_->put(name_, entry_).ok(), path == file_) << path;
    fs::permissions(path, before);
    EXPECT_EQ(miss(), Miss::kNone) << path;
  }
}

TEST_F(StoreOwnerTest, AnotherUsersFolderAndFileAreRefusedUnlessTheUserIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give files away";
  const auto trusting = *Store::open(root_, {.owners = {.named = {kOther}}});
  for (const fs::path& path : {file_, file_.parent_path(), root_}) {
    give_away(path);
    EXPECT_EQ(miss(), Miss::kUntrusted) << path;
    EXPECT_TRUE(get(*trusting, name_, entry_).entry) << path;
  }
  EXPECT_THAT(std::string(open_status().message()), HasSubstr("is owned by user 1234"));
}

}  // namespace
}  // namespace jitgemm::cache
