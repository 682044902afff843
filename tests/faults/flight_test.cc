// Many processes want few kernels: each is compiled once, even if a process dies, stops, or has a
// wrong clock.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "src/runtime/cubins.h"
#include "tests/faults/tool.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kProcesses = 64;

int failures(const std::vector<Ended>& all) {
  return static_cast<int>(
      std::ranges::count_if(all, [](const Ended& one) { return !one.had_all(); }));
}

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Starts a process and returns while it compiles, which takes a minute.
Tool start_owner(const std::string& root) {
  Tool owner({.root = root, .compile_ms = 60'000});
  while (owner.out().empty()) std::this_thread::sleep_for(milliseconds(1));
  return owner;
}

// Checks that each of `keys` kernels is compiled once in every run.
void expect_one_compile_each(int runs, int keys, int compile_ms) {
  int most = 0;
  for (int i = 0; i < runs; ++i) {
    const TemporaryDirectory folder;
    const auto all = run_many(
        {.root = folder.string() + "/cache", .keys = keys, .compile_ms = compile_ms}, kProcesses);
    EXPECT_EQ(failures(all), 0);
    EXPECT_EQ(sum(all, "compiled"), keys);
    most = std::max(most, sum(all, "compiled"));
  }
  record("runs", runs);
  record("most_compiles_in_a_run", most);
}

TEST(CacheFlightTest, SixtyFourProcessesCompileAColdKernelOnce) {
  expect_one_compile_each(bounded(50, 2), 1, 100);
}

TEST(CacheFlightTest, SixtyFourProcessesCompileTwentyKernelsOnceEach) {
  expect_one_compile_each(bounded(10, 1), 20, 10);
}

TEST(CacheFlightTest, KilledOwnerIsTakenOverAtOnceByOne) {
  const int runs = bounded(20, 3);
  int most = 0;
  std::vector<double> takeover_ms;
  for (int i = 0; i < runs; ++i) {
    const TemporaryDirectory folder;
    const std::string root = folder.string() + "/cache";
    Tool owner = start_owner(root);
    std::vector<Tool> waiters;
    for (int waiter = 0; waiter < 8; ++waiter) waiters.emplace_back(Tool::Work{.root = root});
    std::this_thread::sleep_for(milliseconds(200));  // until they wait
    const Clock::time_point start = Clock::now();
    (void)owner.kill_it();
    std::vector<Ended> all;
    for (Tool& waiter : waiters) all.push_back(waiter.wait());
    takeover_ms.push_back(ms_since(start));
    EXPECT_EQ(failures(all), 0);
    most = std::max(most, 1 + sum(all, "compiled"));  // and that of the killed process
  }
  std::ranges::sort(takeover_ms);
  EXPECT_LE(most, 2);
  EXPECT_LE(takeover_ms.front(), 200);  // all eight are served; the machine may be busy
  record("runs", runs);
  record("most_compiles_in_a_run", most);
  record("takeover_ms_median", takeover_ms[takeover_ms.size() / 2]);
  record("takeover_ms_max", takeover_ms.back());
}

TEST(CacheFlightTest, StoppedOwnerCostsTheBoundAndNoMore) {
  if (!full()) GTEST_SKIP() << "waits for 30 s; CubinsProcessesTest has a shorter bound";
  const TemporaryDirectory folder;
  const std::string root = folder.string() + "/cache";
  Tool owner = start_owner(root);
  owner.signal(SIGSTOP);
  const Clock::time_point start = Clock::now();
  const Ended waiter = run({.root = root});
  const double seconds = ms_since(start) / 1000;
  const double bound = std::chrono::duration<double>(CubinParts().longest_wait).count();
  EXPECT_TRUE(waiter.had_all()) << waiter.out;
  EXPECT_EQ(waiter.count("wait_timeouts"), 1);
  EXPECT_GE(seconds, bound);
  EXPECT_LT(seconds, bound + 3);
  (void)owner.kill_it();
  EXPECT_EQ(run({.root = root}).count("hit_disk"), 1);
  record("bound_s", bound);
  record("waited_s", seconds);
}

// File times that are wrong by years, as after a clock error.
TEST(CacheFlightTest, TenYearsOfClockErrorChangeNothing) {
  for (const int years : {-10, 10}) {
    const TemporaryDirectory folder;
    const std::string root = folder.string() + "/cache";
    ASSERT_TRUE(run({.root = root, .keys = 2}).had_all());
    for (const auto& item : fs::recursive_directory_iterator(root))
      fs::last_write_time(item.path(),
                          fs::file_time_type::clock::now() + std::chrono::hours(years * 8766));
    EXPECT_EQ(run({.root = root, .keys = 2}).count("hit_disk"), 2);
    const auto all = run_many({.root = root, .keys = 3, .compile_ms = 20}, 8);
    EXPECT_EQ(failures(all), 0);
    EXPECT_EQ(sum(all, "compiled"), 1);
  }
}

TEST(CacheFlightTest, ProcessesWhoseClocksDifferByTwentyYearsCompileOnce) {
  if (!is_installed("faketime")) GTEST_SKIP() << "needs faketime";
  const TemporaryDirectory folder;
  const std::string root = folder.string() + "/cache";
  std::vector<Tool> tools;
  for (int i = 0; i < 16; ++i)
    tools.emplace_back(Tool::Work{.root = root,
                                  .keys = 3,
                                  .compile_ms = 20,
                                  .under = {"faketime", "-f", i % 2 ? "+10y" : "-10y"}});
  std::vector<Ended> all;
  for (Tool& tool : tools) all.push_back(tool.wait());
  EXPECT_EQ(failures(all), 0);
  EXPECT_EQ(sum(all, "compiled"), 3);
}

}  // namespace
}  // namespace jitgemm::faults
