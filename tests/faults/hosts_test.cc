// Two hosts with eight processes each use one share: neither sees the other's locks, each sees late
// what the other publishes, and file handles go stale.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "src/plan/plan.h"
#include "src/runtime/cubins.h"
#include "tests/cache/child.h"
#include "tests/cache/fault_file_system.h"
#include "tests/faults/tool.h"
#include "tests/runtime/fake_compiler.h"

namespace jitgemm::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kKeys = 6, kHosts = 2, kProcessesPerHost = 8;
constexpr std::chrono::milliseconds kCompile{20}, kLate{40};

// Memory that all processes share.
struct Shared {
  std::atomic<int> ready, compiles[kKeys], stale, unseen;
  // Time of each host's last publish, by the shard of the entry.
  std::atomic<Clock::rep> published[kHosts][256];
};

// The share as a process of one host sees it.
std::shared_ptr<cache::FileSystem> share(Shared* shared, int host, unsigned seed) {
  auto share = std::make_shared<cache::FaultFileSystem>();
  share->forced_type = 0x6969;  // NFS
  share->fault = [=, since_stale = seed](const cache::FaultFileSystem::Call& call) mutable {
    const bool is_entry = call.path.ends_with(cache::kEntryEnding);
    const int shard =
        call.path.size() > 2 ? std::stoi("0" + call.path.substr(0, 2), nullptr, 16) : 0;
    if (call.name == "rename" && cache::is_temporary(call.path))
      shared->published[host][shard] = Clock::now().time_since_epoch().count();
    if (call.name == "open" && is_entry) {
      const Clock::duration age{Clock::now().time_since_epoch().count() -
                                shared->published[1 - host][shard]};
      if (age < kLate && shared->published[1 - host][shard] != 0 &&
          shared->published[host][shard] == 0) {
        ++shared->unseen;
        return ENOENT;
      }
    }
    const bool can_be_stale = call.name == "open" || call.name == "read" || call.name == "fstat";
    if (can_be_stale && ++since_stale % 29 == 0) {
      ++shared->stale;
      return ESTALE;
    }
    return 0;
  };
  return share;
}

int run_process(Shared* shared, const std::string& folder, int host, unsigned seed) {
  const auto store =
      cache::Store::open(folder + "/cache", {.file_system = share(shared, host, seed),
                                             .lock_dir = folder + "/host" + std::to_string(host)});
  if (!store.ok()) return 100;
  int key = 0;
  struct CountingCompiler final : FakeCompiler {
    std::function<void()> count;
    Result<compile::Compiled> compile(const codegen::Source& source,
                                      const std::vector<std::string>& options) override {
      count();
      return FakeCompiler::compile(source, options);
    }
  };
  auto compiler = std::make_shared<CountingCompiler>();
  compiler->delay_ms = static_cast<int>(kCompile.count());
  compiler->count = [&] { ++shared->compiles[key]; };
  AtomicCounters counters;
  Cubins cubins({.store = *store,
                 .compiler = [&] { return Result<std::shared_ptr<compile::Compiler>>(compiler); },
                 .log = {}},
                &counters);
  ++shared->ready;
  while (shared->ready < kHosts * kProcessesPerHost) std::this_thread::yield();
  // Starts after the other host has published and before this host can see it.
  if (host == 1) std::this_thread::sleep_for(kCompile + kLate / 4);
  int failed = 0;
  for (; key < kKeys; ++key) {
    const CubinRequest request(
        plan::decide({.n = 2112 + 128 * key, .k = 7168}, 16, plan::known_devices().front())
            ->config);
    failed += !cubins.get(request).ok();
  }
  return failed;
}

TEST(CacheHostsTest, EachCompilesAColdKernelOnceAndNoProcessFails) {
  const int runs = bounded(50, 3);
  int failures = 0, most = 0, stale = 0, unseen = 0;
  for (int run = 0; run < runs; ++run) {
    const TemporaryDirectory folder;
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* shared = new (memory) Shared{};
    std::vector<pid_t> children;
    for (int process = 0; process < kHosts * kProcessesPerHost; ++process)
      children.push_back(cache::start_child([&] {
        return run_process(shared, folder.string(), process % kHosts,
                           static_cast<unsigned>(7 * process + run));
      }));
    for (const pid_t child : children) failures += cache::wait_for(child) != 0;
    for (const std::atomic<int>& compiles : shared->compiles) {
      EXPECT_GE(compiles, 1);
      most = std::max(most, compiles.load());
    }
    stale += shared->stale;
    unseen += shared->unseen;
    ::munmap(memory, sizeof(Shared));
    const std::vector<cache::Store::Item> items =
        *(*cache::Store::open(folder.string() + "/cache"))->list();
    EXPECT_EQ(items.size(), static_cast<size_t>(kKeys));
    for (const cache::Store::Item& item : items) EXPECT_EQ(item.problem, "");
  }
  EXPECT_EQ(failures, 0);
  EXPECT_LE(most, kHosts);
  EXPECT_GT(stale, 0);
  EXPECT_GT(unseen, 0);
  record("runs", runs);
  record("failed_processes", failures);
  record("most_compiles_of_a_kernel", most);
  record("stale_handles", stale);
  record("entries_not_yet_seen", unseen);
}

}  // namespace
}  // namespace jitgemm::faults
