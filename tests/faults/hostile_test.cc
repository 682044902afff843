// What a lookup costs when something hostile stands in the entry's place.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/files.h"
#include "tests/cache/hostile_files.h"
#include "tests/cache/samples.h"
#include "tests/faults/tool.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
using namespace cache;  // NOLINT: this test is about one thing

constexpr double kMostMs = 5;           // of CPU time
constexpr double kMostMsByClock = 100;  // a lookup waits for nothing
constexpr long kMostKiB = 1024;

struct Cost {
  double ms = 0;  // of CPU time
  double ms_by_clock = 0;
  long kib = 0;  // by which the process's peak of memory grew
};

// The cost of a lookup in a process that has looked up a sound entry before; the best of five.
Cost cost_of(const std::function<void()>& warm_up, const std::function<void()>& look_up) {
  Cost best{1e9, 1e9, 1 << 30};
  for (int attempt = 0; attempt < 5; ++attempt) {
    int pipe_fds[2];
    EXPECT_EQ(::pipe(pipe_fds), 0);
    const int code = run_in_child([&] {
      warm_up();
      rusage before, after;
      ::getrusage(RUSAGE_SELF, &before);
      const auto start = std::chrono::steady_clock::now();
      const std::clock_t cpu_start = std::clock();
      look_up();
      const std::clock_t cpu = std::clock() - cpu_start;
      const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
      ::getrusage(RUSAGE_SELF, &after);
      const Cost cost{1e3 * static_cast<double>(cpu) / CLOCKS_PER_SEC, ms.count(),
                      after.ru_maxrss - before.ru_maxrss};
      return ::write(pipe_fds[1], &cost, sizeof cost) == sizeof cost ? 0 : 1;
    });
    Cost cost;
    EXPECT_EQ(code, 0);
    EXPECT_EQ(::read(pipe_fds[0], &cost, sizeof cost), static_cast<ssize_t>(sizeof cost));
    ::close(pipe_fds[0]);
    ::close(pipe_fds[1]);
    best = {std::min(best.ms, cost.ms), std::min(best.ms_by_clock, cost.ms_by_clock),
            std::min(best.kib, cost.kib)};
  }
  return best;
}

TEST(CacheHostileTest, EachIsCheaplyRefused) {
  for (const Hostile& hostile : hostile_files()) {
    SCOPED_TRACE(hostile.name);
    const TemporaryDirectory folder;
    const auto store = *Store::open(folder.string() + "/cache");
    const Entry entry = sample_entry();
    ASSERT_TRUE(store->put(sample_name(), entry).ok());
    ASSERT_TRUE(store->put(sample_name(1), entry).ok());
    const fs::path place = path_of(store->root(), sample_name());
    const fs::path sound = folder.path() / "sound", secret = folder.path() / "secret";
    fs::rename(place, sound);
    write_file(secret, "secret");
    hostile.make({place, sound, secret});

    const Cost cost = cost_of([&] { EXPECT_TRUE(get(*store, sample_name(1), entry).entry); },
                              [&] { EXPECT_FALSE(get(*store, sample_name(), entry).entry); });
    EXPECT_LE(cost.ms, kMostMs);
    EXPECT_LE(cost.ms_by_clock, kMostMsByClock);
    EXPECT_LE(cost.kib, kMostKiB);
    record(hostile.name, fmt::format("{:.0f} us, {} KiB", cost.ms_by_clock * 1000, cost.kib));
  }
}

}  // namespace
}  // namespace jitgemm::faults
