// jitgemm cache evict and stats, on a folder that the store has filled.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "cache/store.h"
#include "tests/cache/samples.h"
#include "tests/cli/command.h"

namespace jitgemm::cli {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class CacheEvictTest : public ::testing::Test {
 protected:
  // Entry i was used i + 2 hours ago.
  CacheEvictTest() {
    for (int i = 0; i < kEntries; ++i) {
      EXPECT_TRUE(store_->put(cache::sample_name(i), cache::sample_entry()).ok());
      fs::last_write_time(cache::path_of(store_->root(), cache::sample_name(i)),
                          fs::file_time_type::clock::now() - std::chrono::hours(i + 2));
    }
  }
  Outcome evict(std::vector<std::string> more) const {
    more.insert(more.begin(), {"cache", "evict"});
    return jitgemm_(more);
  }
  size_t entries() const { return store_->list()->size(); }

  static constexpr int kEntries = 4;
  const Command jitgemm_;
  const std::shared_ptr<cache::Store> store_ = *cache::Store::open(jitgemm_.cache_dir());
  const uint64_t entry_bytes_ = cache::encode(cache::sample_name(), cache::sample_entry())->size();
  const std::string half_ = std::to_string(kEntries / 2 * entry_bytes_);
};

TEST_F(CacheEvictTest, RemovesTheOldestUntilTheRestFits) {
  const Outcome outcome = evict({"--max-bytes", half_, "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["removed"].size(), 2u);
  EXPECT_EQ(outcome.json()["bytes_left"], kEntries / 2 * entry_bytes_);
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(evict({"--max-bytes", half_, "--json"}).json()["removed"].size(), 0u);
}

TEST_F(CacheEvictTest, DryRunListsTheSameEntriesAndRemovesNone) {
  const Outcome outcome = evict({"--max-bytes", half_, "--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("2 would be removed"));
  EXPECT_THAT(outcome.out, HasSubstr(cache::sample_name(kEntries - 1).text()));
  EXPECT_EQ(entries(), 4u);
}

TEST_F(CacheEvictTest, SizesHaveUnitsAndALimitIsNeeded) {
  EXPECT_EQ(evict({"--max-bytes", "1MiB", "--json"}).json()["bytes_left"], kEntries * entry_bytes_);
  EXPECT_EQ(evict({"--max-bytes", "many"}).exit_code, 2);
  EXPECT_EQ(evict({}).exit_code, 2);
  EXPECT_EQ(entries(), 4u);
  // `prune` is an alias, and the shared limit is the default.
  EXPECT_EQ(jitgemm_({"cache", "prune", "--cache-max-bytes", half_}).exit_code, 0);
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(evict({"--max-bytes", "0"}).out.substr(2 * 50),
            fmt::format("2 removed, {} bytes; 0 bytes left\n", 2 * entry_bytes_));
}

TEST_F(CacheEvictTest, StatsCountEntriesAndTemporaryFilesApart) {
  const std::string tmp = store_->root() + "/tmp/" + cache::sample_name().text();
  std::ofstream(tmp + ".1.tmp") << std::string(100, 'x');
  std::ofstream(tmp + ".2.tmp") << std::string(11, 'x');
  const uint64_t bytes = kEntries * entry_bytes_;
  const auto stats = jitgemm_({"cache", "stats", "--json"}).json();
  EXPECT_EQ(stats["cache_dir"], jitgemm_.cache_dir());
  EXPECT_EQ(stats["entries"], 4);
  EXPECT_EQ(stats["bytes"], bytes);
  EXPECT_EQ(stats["temporary_files"], 2);
  EXPECT_EQ(stats["total_bytes"], bytes + 111);
  const std::string text = jitgemm_({"cache", "stats"}).out;
  for (const std::string& line :
       {fmt::format("cache dir        {}\n", jitgemm_.cache_dir()), "entries          4\n"s,
        fmt::format("bytes            {}\n", bytes), "temporary files  2\n"s,
        fmt::format("total bytes      {}\n", bytes + 111)})
    EXPECT_THAT(text, HasSubstr(line));
}

}  // namespace
}  // namespace jitgemm::cli
