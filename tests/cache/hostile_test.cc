// A hostile file in an entry's place is a miss and a problem in the listing, and is never followed.
// tests/faults measures what the miss costs.
#include <gmock/gmock.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/files.h"
#include "tests/cache/hostile_files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StoreHostileTest : public ::testing::TestWithParam<Hostile> {
 protected:
  StoreHostileTest() {
    EXPECT_TRUE(store_->put(name_, entry_).ok());
    fs::rename(place_, sound_);
    sound_bytes_ = read_file(sound_);
    write_file(secret_, "secret");
    GetParam().make({place_, sound_, secret_});
  }
  // The files outside the store are unchanged.
  ~StoreHostileTest() override {
    EXPECT_EQ(read_file(sound_), sound_bytes_);
    EXPECT_EQ(read_file(secret_), "secret");
  }

  const TemporaryDirectory folder_;
  const std::shared_ptr<Store> store_ = *Store::open(folder_.path() / "cache");
  const EntryName name_ = sample_name();
  const Entry entry_ = sample_entry();
  const fs::path place_ = path_of(store_->root(), name_);
  const fs::path sound_ = folder_.path() / "sound", secret_ = folder_.path() / "secret";
  std::string sound_bytes_;
};

TEST_P(StoreHostileTest, IsAMiss) {
  const Lookup lookup = get(*store_, name_, entry_);
  EXPECT_EQ(lookup.miss, GetParam().miss) << lookup.reason;
  EXPECT_THAT(lookup.reason, HasSubstr(place_.string()));
  EXPECT_FALSE(store_->get_any_builder(name_.what_digest, entry_.what).entry);
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(2);
  for (const fs::path& outside : {sound_, secret_}) fs::last_write_time(outside, before);
  store_->mark_used(name_);
  for (const fs::path& outside : {sound_, secret_})
    EXPECT_EQ(fs::last_write_time(outside) == before, fs::hard_link_count(outside) == 1);
}

TEST_P(StoreHostileTest, IsListedWithItsProblem) {
  const Result<std::vector<Store::Item>> items = store_->list();
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ(items->front().name, name_.text());
  EXPECT_EQ(items->front().kernel, "");
  EXPECT_THAT(items->front().problem, HasSubstr(GetParam().problem));
}

TEST_P(StoreHostileTest, IsReplacedByTheNextPut) {
  const Status status = store_->put(name_, entry_);
  EXPECT_EQ(status.ok(), GetParam().removable) << status.message();
  EXPECT_EQ(get(*store_, name_, entry_).entry.has_value(), GetParam().removable);
  EXPECT_EQ(store_->usage()->temporary_files, 0u);
}

TEST_P(StoreHostileTest, IsRemovedAndCleared) {
  const auto is_there = [&] { return fs::exists(fs::symlink_status(place_)); };
  const bool removable = GetParam().removable;
  EXPECT_TRUE(store_->evict({}).ok());  // removes the file only if it has a size
  if (!is_there()) GetParam().make({place_, sound_, secret_});
  EXPECT_EQ(store_->remove(name_.text()).ok(), removable);
  EXPECT_EQ(is_there(), !removable);
  if (removable) GetParam().make({place_, sound_, secret_});
  EXPECT_EQ(*store_->clear(), removable ? 1u : 0u);
  EXPECT_EQ(is_there(), !removable);
}

INSTANTIATE_TEST_SUITE_P(All, StoreHostileTest, ::testing::ValuesIn(hostile_files()),
                         [](const auto& hostile) { return hostile.param.name; });

TEST(StorePlantedTest, FileUnderTheTemporaryNameIsNotWrittenInto) {
  const TemporaryDirectory folder;
  const auto faults = std::make_shared<FaultFileSystem>();
  faults->forced_random = 17;
  const std::shared_ptr<Store> store = *Store::open(folder.string(), {.file_system = faults});
  const fs::path planted = folder.path() / "tmp" / temporary_file(sample_name(), 17);
  write_file(planted, "planted");
  fs::permissions(planted.parent_path(), fs::perms::owner_all);
  EXPECT_THAT(std::string(store->put(sample_name(), sample_entry()).message()),
              HasSubstr("EEXIST"));
  EXPECT_EQ(read_file(planted), "planted");
  EXPECT_EQ(get(*store, sample_name(), sample_entry()).miss, Miss::kAbsent);
}

// A link in a shard's place would lead every call for its entries out of the store.
TEST(StorePlantedTest, LinkedShardIsListedWithItsProblemAndIsNotFollowed) {
  const TemporaryDirectory folder;
  const std::shared_ptr<Store> store = *Store::open(folder.path() / "cache");
  ASSERT_TRUE(store->put(sample_name(), sample_entry()).ok());
  const fs::path shard = path_of(store->root(), sample_name()).parent_path();
  const fs::path outside = folder.path() / "outside";
  fs::rename(shard, outside);
  fs::create_directory_symlink(outside, shard);
  EXPECT_EQ(get(*store, sample_name(), sample_entry()).miss, Miss::kIrregular);
  const Result<std::vector<Store::Item>> items = store->list();
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ(items->front().name, "ab");
  EXPECT_THAT(items->front().problem, HasSubstr("Not a directory"));
  EXPECT_EQ(store->put(sample_name(0xab, 2), sample_entry()).code(), StatusCode::kIoError);
  EXPECT_EQ(store->remove(sample_name().text()).code(), StatusCode::kIoError);
  EXPECT_EQ(*store->clear(), 0u);
  EXPECT_TRUE(fs::exists(outside / entry_file(sample_name())));
  EXPECT_FALSE(fs::exists(outside / entry_file(sample_name(0xab, 2))));
}

}  // namespace
}  // namespace jitgemm::cache
