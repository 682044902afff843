#include "cache/store.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/cache/child.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf, ::testing::HasSubstr;

std::shared_ptr<Store> opened(const fs::path& root) {
  Result<std::shared_ptr<Store>> store = Store::open(root);
  EXPECT_TRUE(store.ok()) << store.status().message();
  return store.ok() ? *store : nullptr;
}

class StoreTest : public ::testing::Test {
 protected:
  void publish(const EntryName& name, const Entry& entry) {
    const Status status = store_->put(name, entry);
    ASSERT_TRUE(status.ok()) << status.message();
  }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const std::shared_ptr<Store> store_ = opened(root_);
  const EntryName name_ = sample_name();
  const Entry entry_ = sample_entry();
};

TEST_F(StoreTest, WhatWasPutIsGot) {
  for (const size_t size : {0, 1, 13, 65536, 512 << 10}) {
    const Entry entry = sample_entry(std::string(size, '\x5a'));
    publish(name_, entry);
    const Lookup lookup = get(*store_, name_, entry);
    ASSERT_TRUE(lookup.entry) << lookup.reason;
    EXPECT_TRUE(*lookup.entry == entry) << size;
  }
}

TEST_F(StoreTest, AbsentEntryIsAMissWithoutAReason) {
  const Lookup lookup = get(*store_, name_, entry_);
  EXPECT_EQ(lookup.miss, Miss::kAbsent);
  EXPECT_EQ(lookup.reason, "");
  publish(sample_name(0xab, 2), entry_);  // of the same shard
  EXPECT_EQ(get(*store_, name_, entry_).miss, Miss::kAbsent);
}

TEST_F(StoreTest, NameThatIsNoneIsAMissAndIsNotPut) {
  write_file(folder_.path() / "secret.ljg", "x");
  for (const EntryName& name : {EntryName{"../secret", ""}, EntryName{"", ""},
                                EntryName{"../" + std::string(29, 'a'), name_.builder_digest}}) {
    EXPECT_EQ(get(*store_, name, entry_).miss, Miss::kAbsent);
    EXPECT_EQ(store_->put(name, entry_).code(), StatusCode::kInvalidArgument);
  }
}

TEST_F(StoreTest, AnotherKeyTextUnderTheNameIsAMiss) {
  publish(name_, entry_);
  EXPECT_EQ(store_->get(name_, entry_.what + " ", entry_.builder).miss, Miss::kOtherKey);
  EXPECT_EQ(store_->get(name_, entry_.what, "nvrtc 12.9").miss, Miss::kOtherKey);
  EXPECT_EQ(store_->get_any_builder(name_.what_digest, "other").miss, Miss::kOtherKey);
}

TEST_F(StoreTest, MovedFolderStillHitsAndRemovedRootIsMadeAgain) {
  publish(name_, entry_);
  const fs::path moved = folder_.path() / "else" / "where";
  fs::create_directories(moved.parent_path());
  fs::rename(root_, moved);
  EXPECT_TRUE(get(*opened(moved), name_, entry_).entry);
  EXPECT_EQ(get(*store_, name_, entry_).miss, Miss::kAbsent);
  publish(name_, entry_);
  EXPECT_TRUE(get(*store_, name_, entry_).entry);
}

TEST_F(StoreTest, FilesAreTheOwnersAlone) {
  publish(name_, entry_);
  const fs::path file = path_of(root_, name_);
  EXPECT_EQ(fs::status(root_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file.parent_path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

// ---- any builder ----

TEST_F(StoreTest, AnyBuilderTakesTheFirstByNameThatVerifies) {
  for (const int builder : {3, 1, 2}) {
    Entry entry = entry_;
    entry.builder = std::to_string(builder);
    publish(sample_name(0xab, builder), entry);
  }
  const auto builder_found = [&] {
    const Lookup lookup = store_->get_any_builder(name_.what_digest, entry_.what);
    return lookup.entry ? lookup.entry->builder : lookup.reason;
  };
  EXPECT_EQ(builder_found(), "1");
  write_file(path_of(root_, sample_name(0xab, 1)), "damage");
  EXPECT_EQ(builder_found(), "2");
  write_file(path_of(root_, sample_name(0xab, 2)), "damage");
  EXPECT_EQ(builder_found(), "3");
}

TEST_F(StoreTest, AnyBuilderReportsTheFirstRefusalUnlessAnotherWhatIsAlone) {
  const auto any = [&] { return store_->get_any_builder(name_.what_digest, entry_.what); };
  EXPECT_EQ(any().miss, Miss::kAbsent);
  publish({"ab" + std::string(30, 'f'), name_.builder_digest}, entry_);  // of the same shard
  EXPECT_EQ(any().miss, Miss::kAbsent);
  EXPECT_EQ(store_->get_any_builder("../..", entry_.what).miss, Miss::kAbsent);
  publish(name_, entry_);
  Entry other = entry_;
  other.what[0] ^= 1;
  publish(sample_name(0xab, 2), other);
  write_file(path_of(root_, name_), "damage");
  EXPECT_EQ(any().miss, Miss::kDamaged);
  EXPECT_THAT(any().reason, HasSubstr(name_.text()));
}

// ---- roots ----

TEST(StoreRootTest, MissingRootIsMadeWithWhatIsAboveIt) {
  const TemporaryDirectory folder;
  for (const char* below : {"a/b/c", "d/", "e//f"}) {
    const fs::path root = folder.path() / below;
    ASSERT_TRUE(Store::open(root).ok()) << below;
    EXPECT_EQ(fs::status(root).permissions(), fs::perms::owner_all) << below;
  }
  EXPECT_EQ(fs::status(folder.path() / "a").permissions(), fs::perms::owner_all);
  EXPECT_EQ(Store::open("").status().code(), StatusCode::kInvalidArgument);
}

TEST(StoreRootTest, FileInTheRootsPlaceIsNamed) {
  const TemporaryDirectory folder;
  const fs::path file = folder.path() / "file";
  write_file(file, "x");
  for (const fs::path& root : {file, file / "below"}) {
    const Status status = Store::open(root).status();
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(root), HasSubstr("Not a directory")));
  }
  EXPECT_EQ(read_file(file), "x");
}

TEST(StoreRootTest, LinkToAFolderServesAsRoot) {
  const TemporaryDirectory folder;
  fs::create_directory(folder.path() / "real");
  fs::create_directory_symlink(folder.path() / "real", folder.path() / "link");
  const std::shared_ptr<Store> store = opened(folder.path() / "link");
  EXPECT_TRUE(store->put(sample_name(), sample_entry()).ok());
  EXPECT_TRUE(fs::exists(path_of(folder.path() / "real", sample_name())));
}

TEST(StoreRootTest, RelativeRootStaysWhereItWas) {
  const TemporaryDirectory folder;
  EXPECT_EQ(run_in_child([&] {
              fs::current_path(folder.path());
              const std::shared_ptr<Store> store = opened("relative");
              fs::current_path("/");
              return store->put(sample_name(), sample_entry()).ok() ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(fs::exists(path_of(folder.path() / "relative", sample_name())));
}

// Runs as another user, because root ignores permissions.
TEST(StoreRootTest, RootThatCannotBeWrittenStillServes) {
  const TemporaryDirectory folder;
  const fs::path root = folder.path() / "cache";
  const std::shared_ptr<Store> store = opened(root);
  ASSERT_TRUE(store->put(sample_name(), sample_entry()).ok());
  const fs::path file = path_of(root, sample_name());
  for (const fs::path& path : {folder.path(), root, file.parent_path()})
    fs::permissions(path, fs::perms{0555});
  fs::permissions(file, fs::perms{0444});

  EXPECT_EQ(run_in_child([&] {
              if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
              const Result<std::shared_ptr<Store>> reader = Store::open(root);
              if (!reader.ok()) return 2;
              if (!get(**reader, sample_name(), sample_entry()).entry) return 3;
              if ((*reader)->check_writable().ok()) return 7;
              const Status same_shard = (*reader)->put(sample_name(), sample_entry());
              if (same_shard.message().find("Permission denied") == std::string::npos) return 4;
              const Status new_shard = (*reader)->put(sample_name(1), sample_entry());
              if (new_shard.code() != StatusCode::kIoError) return 5;
              if (Store::open(folder.path() / "other").status().code() != StatusCode::kIoError)
                return 6;
              return 0;
            }),
            0);
  for (const fs::path& path : {folder.path(), root, file.parent_path()})
    fs::permissions(path, fs::perms{0755});
}

}  // namespace
}  // namespace jitgemm::cache
