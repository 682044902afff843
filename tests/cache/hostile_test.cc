// Whatever stands in an entry's place: a bounded, cheap miss, a problem of the listing, and never
// followed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Hostile {
  std::string name;
  std::function<void(const fs::path& place, const fs::path& sound_entry)> make;
  Miss miss;
  std::string problem;    // what the listing says
  bool removable = true;  // by clear()
};

void make_socket(const fs::path& place) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The name of an entry does not fit in an address: bind beside it and rename.
  const std::string near = (place.parent_path() / "s").string();
  ASSERT_LT(near.size(), sizeof address.sun_path);
  near.copy(address.sun_path, near.size());
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  fs::rename(near, place);
}

std::vector<Hostile> hostile_files() {
  return {
      {"empty", [](auto& place, auto&) { write_file(place, ""); }, Miss::kDamaged, "0 bytes"},
      {"text", [](auto& place, auto&) { write_file(place, std::string(300, 'x')); }, Miss::kDamaged,
       "does not begin"},
      {"sparse",
       [](auto& place, auto&) {
         write_file(place, "");
         fs::resize_file(place, uintmax_t{8} << 30);
       },
       Miss::kDamaged, "does not begin"},
      {"grown",
       [](auto& place, auto& sound) {
         write_file(place, read_file(sound));
         fs::resize_file(place, uintmax_t{8} << 30);
       },
       Miss::kDamaged, "its header states"},
      {"fifo", [](auto& place, auto&) { EXPECT_EQ(::mkfifo(place.c_str(), 0600), 0); },
       Miss::kIrregular, "FIFO"},
      {"socket", [](auto& place, auto&) { make_socket(place); }, Miss::kIrregular, "socket"},
      {"link", [](auto& place, auto& sound) { fs::create_symlink(sound, place); }, Miss::kIrregular,
       "symbolic link"},
      {"dangling", [](auto& place, auto&) { fs::create_symlink("/nowhere", place); },
       Miss::kIrregular, "symbolic link"},
      {"zeros", [](auto& place, auto&) { fs::create_symlink("/dev/zero", place); },
       Miss::kIrregular, "symbolic link"},
      {"folder", [](auto& place, auto&) { fs::create_directory(place); }, Miss::kIrregular,
       "folder", false},
  };
}

class StoreHostileTest : public ::testing::TestWithParam<Hostile> {
 protected:
  StoreHostileTest() {
    EXPECT_TRUE(store_->put(name_, entry_).ok());
    fs::rename(place_, sound_);
    GetParam().make(place_, sound_);
  }

  const TemporaryDirectory folder_;
  const std::shared_ptr<Store> store_ = *Store::open(folder_.path() / "cache");
  const EntryName name_ = sample_name();
  const Entry entry_ = sample_entry();
  const fs::path place_ = path_of(store_->root(), name_);
  const fs::path sound_ = folder_.path() / "sound";  // a sound entry, out of the store
};

TEST_P(StoreHostileTest, IsACheapMiss) {
  const std::clock_t start = std::clock();  // CPU time: reading 8 GiB takes seconds of it
  const Lookup lookup = get(*store_, name_, entry_);
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 10);
  EXPECT_EQ(lookup.miss, GetParam().miss) << lookup.reason;
  EXPECT_THAT(lookup.reason, HasSubstr(place_.string()));
  EXPECT_FALSE(store_->get_any_builder(name_.what_digest, entry_.what).entry);
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
  EXPECT_EQ(*store_->temporary_files(), 0u);
}

TEST_P(StoreHostileTest, IsRemovedAndWhatItPointsToIsNot) {
  const Status status = store_->remove(name_.text());
  EXPECT_EQ(status.ok(), GetParam().removable) << status.message();
  EXPECT_EQ(fs::exists(fs::symlink_status(place_)), !GetParam().removable);
  EXPECT_TRUE(fs::exists(sound_));
}

TEST_P(StoreHostileTest, IsClearedAndWhatItPointsToIsNot) {
  const Result<uint64_t> cleared = store_->clear();
  ASSERT_TRUE(cleared.ok()) << cleared.status().message();
  EXPECT_EQ(*cleared, GetParam().removable ? 1u : 0u);
  EXPECT_EQ(fs::exists(fs::symlink_status(place_)), !GetParam().removable);
  EXPECT_TRUE(fs::exists(sound_));
}

INSTANTIATE_TEST_SUITE_P(All, StoreHostileTest, ::testing::ValuesIn(hostile_files()),
                         [](const auto& hostile) { return hostile.param.name; });

// A link in a shard's place would lead every call for its entries out of the store.
class StoreLinkedShardTest : public ::testing::Test {
 protected:
  StoreLinkedShardTest() {
    EXPECT_TRUE(store_->put(sample_name(), sample_entry()).ok());
    const fs::path shard = path_of(store_->root(), sample_name()).parent_path();
    fs::rename(shard, outside_);
    fs::create_directory_symlink(outside_, shard);
  }
  const TemporaryDirectory folder_;
  const std::shared_ptr<Store> store_ = *Store::open(folder_.path() / "cache");
  const fs::path outside_ = folder_.path() / "outside";
};

TEST_F(StoreLinkedShardTest, IsNotRead) {
  EXPECT_EQ(get(*store_, sample_name(), sample_entry()).miss, Miss::kIrregular);
}

TEST_F(StoreLinkedShardTest, IsListedWithItsProblem) {
  const Result<std::vector<Store::Item>> items = store_->list();
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ(items->front().name, "ab");
  EXPECT_THAT(items->front().problem, HasSubstr("Not a directory"));
}

TEST_F(StoreLinkedShardTest, NothingIsWrittenOrRemovedThroughIt) {
  EXPECT_EQ(store_->put(sample_name(0xab, 2), sample_entry()).code(), StatusCode::kIoError);
  EXPECT_EQ(store_->remove(sample_name().text()).code(), StatusCode::kIoError);
  EXPECT_EQ(*store_->clear(), 0u);
  EXPECT_TRUE(fs::exists(outside_ / entry_file(sample_name())));
  EXPECT_FALSE(fs::exists(outside_ / entry_file(sample_name(0xab, 2))));
}

}  // namespace
}  // namespace jitgemm::cache
