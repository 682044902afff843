// Writers are killed: at every system call that writes to the cache, and sixteen at a time at
// random moments.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cache/store.h"
#include "tests/cache/files.h"
#include "tests/faults/strace.h"
#include "tests/faults/tool.h"

namespace jitgemm::faults {
namespace {

constexpr int kKilledKeys = 3;

std::shared_ptr<cache::Store> opened(const std::string& root) { return *cache::Store::open(root); }

int partial_entries(const std::string& root) {
  const std::vector<cache::Store::Item> items = *opened(root)->list();
  return static_cast<int>(
      std::ranges::count_if(items, [](const auto& item) { return !item.problem.empty(); }));
}

int temporary_files(const std::string& root) {
  return static_cast<int>(opened(root)->usage()->temporary_files);
}

// Runs the tool on what was left, two hours later. Returns how many orphans it did not remove.
int heal(const std::string& root) {
  cache::set_age_of_temporaries(root, std::chrono::hours(2));
  const Ended next = run({.root = root, .keys = kKilledKeys});
  EXPECT_TRUE(next.had_all()) << next.out;
  EXPECT_EQ(next.count("damaged") + next.count("refused"), 0) << next.out;
  EXPECT_EQ(opened(root)->list()->size(), static_cast<size_t>(kKilledKeys));
  EXPECT_EQ(run({.root = root, .keys = kKilledKeys}).count("hit_disk"), kKilledKeys);
  return temporary_files(root);
}

TEST(CacheKillTest, WriterThatDiesAtAnySystemCallLeavesNoPartialEntry) {
  if (!can_trace()) GTEST_SKIP() << "needs strace, and the right to trace";
  int kills = 0, partial = 0, orphans = 0, orphans_kept = 0;
  std::vector<std::string> calls = {"write", "fsync", "renameat", "mkdirat", "fcntl"};
  if (full()) calls.insert(calls.end(), {"openat", "close", "newfstatat", "fstatfs", "unlinkat"});
  for (const std::string& call : calls) {
    const TemporaryDirectory traced;
    const std::string traced_root = traced.string() + "/cache";
    for (const int at :
         calls_about(traced_root, call, {.root = traced_root, .keys = kKilledKeys})) {
      SCOPED_TRACE(call + " " + std::to_string(at));
      const TemporaryDirectory folder;
      const std::string root = folder.string() + "/cache";
      const Ended killed =
          run({.root = root,
               .keys = kKilledKeys,
               .under = injecting(call + ":signal=KILL:when=" + std::to_string(at))});
      EXPECT_NE(killed.exit_code, 0) << killed.out;
      ++kills;
      if (!std::filesystem::exists(root)) continue;
      partial += partial_entries(root);
      orphans += temporary_files(root);
      orphans_kept += heal(root);
    }
  }
  EXPECT_EQ(partial, 0);
  EXPECT_EQ(orphans_kept, 0);
  EXPECT_GE(orphans, 1);
  EXPECT_GE(kills, 10);
  record("kills", kills);
  record("partial_entries", partial);
  record("orphans_left_by_the_dead", orphans);
  record("orphans_after_the_next_open", orphans_kept);
}

TEST(CacheKillTest, RandomKillsUnderSixteenProcessesLeaveNoPartialEntry) {
  const int wanted = bounded(1000, 32);
  const TemporaryDirectory folder;
  const std::string root = folder.string() + "/cache";
  std::mt19937 random(1);
  int kills = 0, rounds = 0, partial = 0, wrong = 0;
  for (; kills < wanted; ++rounds) {
    if (rounds % 2 == 0) std::filesystem::remove_all(root);  // or nothing would be written
    std::vector<Tool> tools;
    for (int i = 0; i < 16; ++i) tools.emplace_back(Tool::Work{root, kKilledKeys, 2});
    for (Tool& tool : tools) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
      tool.signal(SIGKILL);
    }
    for (Tool& tool : tools) {
      const Ended ended = tool.wait();
      kills += ended.exit_code == -SIGKILL;
      wrong += ended.exit_code > 0;
    }
    if (std::filesystem::exists(root)) partial += partial_entries(root);
    ASSERT_LT(rounds, 100 * wanted) << "no process is killed in time";
  }
  EXPECT_EQ(heal(root), 0);
  EXPECT_EQ(partial, 0);
  EXPECT_EQ(wrong, 0);
  record("kills", kills);
  record("rounds", rounds);
  record("partial_entries", partial);
}

}  // namespace
}  // namespace jitgemm::faults
