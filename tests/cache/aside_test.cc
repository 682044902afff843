// What is kept of what was no entry: bounded, private, and never something else's.
#include "cache/aside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cache/store.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StoreAsideTest : public ::testing::Test {
 protected:
  void make_damaged(const EntryName& name, uint64_t bytes) {
    write_file(path_of(root_, name), "damage");
    fs::resize_file(path_of(root_, name), bytes);
  }
  Status set_aside(const EntryName& name) { return store_->set_aside(name); }

  uint64_t bytes_kept() const {
    uint64_t bytes = 0;
    for (const auto& file : fs::directory_iterator(root_ / "damaged")) bytes += file.file_size();
    return bytes;
  }
  bool is_kept(const EntryName& name) const {
    for (const auto& file : fs::directory_iterator(root_ / "damaged"))
      if (file.path().filename().string().starts_with(name.text())) return true;
    return false;
  }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const std::shared_ptr<Store> store_ = *Store::open(root_);
};

TEST_F(StoreAsideTest, FileIsMovedWholeAndPrivately) {
  write_file(path_of(root_, sample_name()), "damage");
  ASSERT_TRUE(set_aside(sample_name()).ok());
  EXPECT_FALSE(fs::exists(path_of(root_, sample_name())));
  EXPECT_EQ(fs::status(root_ / "damaged").permissions(), fs::perms::owner_all);
  ASSERT_EQ(*store_->files_set_aside(), 1u);
  EXPECT_EQ(read_file(fs::directory_iterator(root_ / "damaged")->path()), "damage");
  EXPECT_TRUE(store_->list()->empty());
}

TEST_F(StoreAsideTest, OldestGoesWhenThereAreTooMany) {
  for (uint64_t what = 0; what <= kMaxAsideFiles; ++what) {
    make_damaged(sample_name(static_cast<int>(what)), 6);
    ASSERT_TRUE(set_aside(sample_name(static_cast<int>(what))).ok());
  }
  EXPECT_EQ(*store_->files_set_aside(), kMaxAsideFiles);
  EXPECT_FALSE(is_kept(sample_name(0)));
  EXPECT_TRUE(is_kept(sample_name(1)));
}

TEST_F(StoreAsideTest, BytesAreBounded) {
  for (const int what : {1, 2, 3}) {
    make_damaged(sample_name(what), kMaxAsideBytes / 2);
    ASSERT_TRUE(set_aside(sample_name(what)).ok());
    EXPECT_LE(bytes_kept(), kMaxAsideBytes);
  }
  EXPECT_FALSE(is_kept(sample_name(1)));
  EXPECT_TRUE(is_kept(sample_name(3)));
}

TEST_F(StoreAsideTest, FileAboveTheCapStaysAndPushesNothingOut) {
  make_damaged(sample_name(1), 6);
  ASSERT_TRUE(set_aside(sample_name(1)).ok());
  make_damaged(sample_name(2), uint64_t{8} << 30);
  EXPECT_EQ(set_aside(sample_name(2)).code(), StatusCode::kIoError);
  EXPECT_TRUE(fs::exists(path_of(root_, sample_name(2))));
  EXPECT_TRUE(is_kept(sample_name(1)));
}

TEST_F(StoreAsideTest, WhatIsNoFileStays) {
  write_file(folder_.path() / "secret", "secret");
  fs::create_directories(path_of(root_, sample_name()).parent_path());
  fs::create_symlink(folder_.path() / "secret", path_of(root_, sample_name()));
  EXPECT_FALSE(set_aside(sample_name()).ok());
  EXPECT_EQ(*store_->files_set_aside(), 0u);
  EXPECT_EQ(read_file(folder_.path() / "secret"), "secret");
}

TEST_F(StoreAsideTest, LinkInTheFoldersPlaceIsNotFollowed) {
  fs::create_directory(folder_.path() / "elsewhere");
  fs::create_directory_symlink(folder_.path() / "elsewhere", root_ / "damaged");
  make_damaged(sample_name(), 6);
  EXPECT_FALSE(set_aside(sample_name()).ok());
  EXPECT_TRUE(fs::is_empty(folder_.path() / "elsewhere"));
}

TEST_F(StoreAsideTest, ClearTakesWhatWasKeptAndNothingElse) {
  make_damaged(sample_name(), 6);
  ASSERT_TRUE(set_aside(sample_name()).ok());
  write_file(root_ / "damaged" / "notes.bad", "mine");
  EXPECT_EQ(*store_->clear(), 0u);
  EXPECT_EQ(*store_->files_set_aside(), 0u);
  EXPECT_EQ(read_file(root_ / "damaged" / "notes.bad"), "mine");
}

TEST_F(StoreAsideTest, NothingThereIsAnError) {
  EXPECT_THAT(std::string(set_aside(sample_name()).message()), HasSubstr("ENOENT"));
}

}  // namespace
}  // namespace jitgemm::cache
