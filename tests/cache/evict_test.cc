// The limit on bytes: what goes, what stays, and what measuring costs.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
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
using std::chrono::hours;
using ::testing::ElementsAre, ::testing::IsEmpty;

constexpr size_t kPayload = 10'000;

class StoreEvictTest : public ::testing::Test {
 protected:
  std::shared_ptr<Store> opened(uint64_t max_bytes = 0) const {
    return *Store::open(root_, {.file_system = faults_, .max_bytes = max_bytes});
  }
  void put(int what, int hours_ago) const {
    ASSERT_TRUE(store_->put(sample_name(what), entry_).ok());
    set_used(what, hours_ago);
  }
  void set_used(int what, int hours_ago) const {
    set_age(path_of(root_, sample_name(what)), hours(hours_ago));
  }
  bool is_there(int what) const { return fs::exists(path_of(root_, sample_name(what))); }
  uint64_t bytes() const { return store_->usage()->bytes(); }
  Store::Evicted evict_to(uint64_t max_bytes, bool dry_run = false) const {
    return *store_->evict({.max_bytes = max_bytes, .to_bytes = max_bytes, .dry_run = dry_run});
  }

  const Entry entry_ = sample_entry(std::string(kPayload, 'x'));
  const uint64_t entry_bytes_ = encode(sample_name(), entry_)->size();
  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const std::shared_ptr<FaultFileSystem> faults_ = std::make_shared<FaultFileSystem>();
  const std::shared_ptr<Store> store_ = opened();
};

TEST_F(StoreEvictTest, LeastRecentlyUsedGoesFirstInEveryShard) {
  put(1, 20);
  put(2, 40);
  put(3, 10);
  put(4, 30);
  EXPECT_THAT(evict_to(4 * entry_bytes_).names, IsEmpty());
  const Store::Evicted evicted = evict_to(3 * entry_bytes_ - 1);
  EXPECT_THAT(evicted.names,
              ::testing::UnorderedElementsAre(sample_name(2).text(), sample_name(4).text()));
  EXPECT_EQ(evicted.bytes, 2 * entry_bytes_);
  EXPECT_EQ(evicted.bytes_left, 2 * entry_bytes_);
  EXPECT_TRUE(is_there(1) && is_there(3));
  EXPECT_FALSE(is_there(2) || is_there(4));
}

TEST_F(StoreEvictTest, DryRunNamesTheSameAndRemovesNothing) {
  for (const int what : {1, 2, 3}) put(what, what);
  const Store::Evicted would = evict_to(entry_bytes_, true);
  EXPECT_EQ(bytes(), 3 * entry_bytes_);
  EXPECT_EQ(evict_to(entry_bytes_).names, would.names);
  EXPECT_EQ(bytes(), entry_bytes_);
}

TEST_F(StoreEvictTest, UseIsNotedOnceAnHourAndSaves) {
  put(1, 20);
  put(2, 10);
  store_->mark_used(sample_name(1));
  EXPECT_THAT(evict_to(entry_bytes_).names, ElementsAre(sample_name(2).text()));
  faults_->calls.clear();
  store_->mark_used(sample_name(1));
  for (const FaultFileSystem::Call& call : faults_->calls) EXPECT_NE(call.name, "touch");
  set_used(1, -10 * 365 * 24);  // ten years ahead
  store_->mark_used(sample_name(1));
  EXPECT_LT(fs::last_write_time(path_of(root_, sample_name(1))),
            fs::file_time_type::clock::now() + hours(1));
}

TEST_F(StoreEvictTest, EntryThatIsBeingMadeOrUsedDuringTheEvictionStays) {
  for (const int what : {1, 2, 3}) put(what, 20);
  const MakerLock lock = store_->lock(sample_name(3), std::chrono::milliseconds(0));
  ASSERT_EQ(lock.state, MakerLock::State::kHeld);
  faults_->fault = [&](const FaultFileSystem::Call& call) {
    if (call.name == "lock") set_used(1, 0);  // between the listing and the removal
    return 0;
  };
  EXPECT_THAT(evict_to(0).names, ElementsAre(sample_name(2).text()));
  EXPECT_TRUE(is_there(1) && is_there(3));
}

TEST_F(StoreEvictTest, TemporaryFilesCountStrangersDoNotAndBothStay) {
  put(1, 20);
  const fs::path temporary = root_ / "tmp" / temporary_file(sample_name(), 17);
  write_file(temporary, std::string(kPayload, 'x'));
  const fs::path strangers[] = {root_ / "ab" / "notes.txt", root_ / "notes"};
  for (const fs::path& stranger : strangers) write_file(stranger, "mine");
  fs::create_directories(path_of(root_, sample_name(2)));
  const Store::Usage usage = *store_->usage();
  EXPECT_EQ(usage.entries, 1u);
  EXPECT_EQ(usage.entry_bytes, entry_bytes_);
  EXPECT_EQ(usage.temporary_files, 1u);
  EXPECT_EQ(usage.temporary_bytes, kPayload);
  EXPECT_EQ(evict_to(kPayload).bytes_left, kPayload);
  EXPECT_FALSE(is_there(1));
  EXPECT_TRUE(fs::exists(temporary) && fs::exists(strangers[0]) && fs::exists(strangers[1]));
}

TEST_F(StoreEvictTest, EveryPutLeavesTheLimitKept) {
  const uint64_t max = 16 * entry_bytes_;
  const auto limited = opened(max);
  uint64_t evicted = 0, all_evicted = 0;
  for (int what = 0; what < 100; ++what) {
    ASSERT_TRUE(limited->put(sample_name(what), entry_, &evicted).ok());
    all_evicted += evicted;
    EXPECT_LE(bytes(), max);
    EXPECT_TRUE(is_there(what)) << "the newest went";
  }
  EXPECT_EQ(all_evicted, 100 - limited->list()->size());
}

TEST_F(StoreEvictTest, PutsUpToExactlyTheLimitRemoveNothing) {
  const uint64_t entries = 8;
  const auto limited = opened(entries * entry_bytes_);
  for (uint64_t what = 0; what < entries; ++what) {
    uint64_t evicted = 1;
    // The first put of a process measures the root.
    const auto store = what + 1 == entries ? opened(entries * entry_bytes_) : limited;
    ASSERT_TRUE(store->put(sample_name(static_cast<int>(what)), entry_, &evicted).ok());
    EXPECT_EQ(evicted, 0u) << what;
  }
  EXPECT_EQ(bytes(), entries * entry_bytes_);
}

TEST_F(StoreEvictTest, WithoutALimitNothingIsMeasured) {
  faults_->calls.clear();
  ASSERT_TRUE(store_->put(sample_name(), entry_).ok());
  for (const FaultFileSystem::Call& call : faults_->calls) EXPECT_NE(call.name, "list");
}

// The number of files that a put looks at does not grow with the store.
TEST_F(StoreEvictTest, MeasuringIsAmortised) {
  const auto looked_at_per_put = [&](int entries) {
    const auto limited = opened(uint64_t(entries) * entry_bytes_);
    for (int i = 0; i < entries; ++i)
      EXPECT_TRUE(limited->put(sample_name(i % 256, i / 256), entry_).ok());
    faults_->calls.clear();
    for (int i = 0; i < entries; ++i)
      EXPECT_TRUE(limited->put(sample_name(i % 256, 1000 + i / 256), entry_).ok());
    const auto looks = std::ranges::count(faults_->calls, "lstat", &FaultFileSystem::Call::name);
    EXPECT_TRUE(limited->clear().ok());
    return double(looks) / entries;
  };
  EXPECT_LT(looked_at_per_put(64), 100);
  EXPECT_LT(looked_at_per_put(256), 100);
}

TEST_F(StoreEvictTest, ManyProcessesKeepItTogether) {
  const uint64_t max = 64 * entry_bytes_;
  std::vector<pid_t> children;
  for (int process = 0; process < 8; ++process) {
    children.push_back(start_child([&, process] {
      const auto limited = opened(max);
      for (int i = 0; i < 40; ++i)
        if (!limited->put(sample_name(i, process), entry_).ok()) return 1;
      return 0;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_LE(bytes(), max + max / 2);
  EXPECT_GE(bytes(), max / 2);
  const std::vector<Store::Item> items = *store_->list();
  for (const Store::Item& item : items) EXPECT_EQ(item.problem, "");
}

}  // namespace
}  // namespace jitgemm::cache
