// Processes that miss the same kernels at the same moment: one of them compiles.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "src/plan/plan.h"
#include "src/runtime/cubins.h"
#include "tests/cache/child.h"
#include "tests/cache/fault_file_system.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {
namespace {

using cache::start_child;
using cache::wait_for;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

CubinRequest request_of(int kernel) {
  const GemmDesc desc{.n = 2112 + 128 * kernel, .k = 7168};
  return CubinRequest(plan::decide(desc, 16, plan::known_devices().front())->config);
}

// Memory that all processes of a test share.
struct Shared {
  std::atomic<int> ready = 0, compiles = 0;
  std::atomic<uint64_t> hits = 0, waits = 0, takeovers = 0, timeouts = 0;
};

// A slow compiler that counts the compiles of all processes, each at its start.
class SharedCompiler final : public compile::Compiler {
 public:
  SharedCompiler(Shared* shared, int delay_ms) : shared_(shared) { fake_.delay_ms = delay_ms; }
  const std::string& build() const override { return fake_.build(); }
  Result<compile::Compiled> compile(const codegen::Source& source,
                                    const std::vector<std::string>& options) override {
    ++shared_->compiles;
    return fake_.compile(source, options);
  }

 private:
  Shared* const shared_;
  FakeCompiler fake_;
};

class CubinsProcessesTest : public ::testing::Test {
 protected:
  CubinsProcessesTest() {
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared_ = new (memory) Shared;
  }
  ~CubinsProcessesTest() override { ::munmap(shared_, sizeof(Shared)); }

  struct Process {
    int compile_ms = 50;
    milliseconds longest_wait{30'000};
    int kernels = 1;
    int started_with = 1;  // processes, for all of which each waits
    std::shared_ptr<cache::FileSystem> file_system = {};
  };

  // The body of a process: the exit code is 0 when it got every kernel.
  int run(const Process& process) const {
    auto compiler = std::make_shared<SharedCompiler>(shared_, process.compile_ms);
    AtomicCounters counters;
    Cubins cubins({.store = *cache::Store::open(root_, {.file_system = process.file_system}),
                   .compiler = [&]() -> Result<std::shared_ptr<compile::Compiler>> {
                     return std::shared_ptr<compile::Compiler>(compiler);
                   },
                   .log = {},
                   .longest_wait = process.longest_wait},
                  &counters);
    ++shared_->ready;
    while (shared_->ready < process.started_with) std::this_thread::yield();

    int failed = 0;
    for (int kernel = 0; kernel < process.kernels; ++kernel)
      failed += !cubins.get(request_of(kernel)).ok();
    shared_->hits += counters.hit_disk;
    shared_->waits += counters.waits;
    shared_->takeovers += counters.takeovers;
    shared_->timeouts += counters.wait_timeouts;
    return failed;
  }

  void run_all(Process process, int processes) const {
    process.started_with = processes;
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i)
      children.push_back(start_child([&] { return run(process); }));
    for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  }

  // A process that compiles and never finishes.
  pid_t start_owner() const {
    const int before = shared_->compiles;
    const pid_t owner = start_child([&] { return run({.compile_ms = 60'000}); });
    while (shared_->compiles == before) std::this_thread::sleep_for(milliseconds(1));
    return owner;
  }

  const TemporaryDirectory directory_;
  std::string root_ = directory_.string();
  Shared* shared_;
};

TEST_F(CubinsProcessesTest, SixtyFourOfThemCompileAColdKernelOnce) {
  run_all({}, 64);
  EXPECT_EQ(shared_->compiles, 1);
  EXPECT_EQ(shared_->hits, 63u);
  EXPECT_EQ(shared_->timeouts, 0u);
}

TEST_F(CubinsProcessesTest, ManyOfThemCompileManyKernelsOnceEach) {
  run_all({.compile_ms = 5, .kernels = 20}, 16);
  EXPECT_EQ(shared_->compiles, 20);
}

// The time of a process that waits for another, which is killed.
TEST_F(CubinsProcessesTest, OneTakesOverFromAKilledOwnerWithin200Ms) {
  milliseconds fastest{60'000};  // of some: the machine may be busy with something else
  for (int attempt = 0; attempt < 5; ++attempt) {
    root_ = (directory_.path() / std::to_string(attempt)).string();
    const pid_t owner = start_owner();
    const pid_t waiter = start_child([&] { return run({.compile_ms = 0}); });
    std::this_thread::sleep_for(milliseconds(50));  // lets it wait
    const Clock::time_point start = Clock::now();
    ASSERT_EQ(::kill(owner, SIGKILL), 0);
    EXPECT_EQ(wait_for(waiter), 0);
    fastest = std::min(fastest, std::chrono::duration_cast<milliseconds>(Clock::now() - start));
    EXPECT_EQ(wait_for(owner), -SIGKILL);
  }
  EXPECT_EQ(shared_->compiles, 2 * 5);
  EXPECT_GE(shared_->takeovers, 1u);
  EXPECT_LE(fastest, milliseconds(200));
  RecordProperty("takeover_ms", static_cast<int>(fastest.count()));
}

TEST_F(CubinsProcessesTest, AStoppedOwnerCostsTheBoundAndNoMore) {
  const pid_t owner = start_owner();
  ASSERT_EQ(::kill(owner, SIGSTOP), 0);
  const Clock::time_point start = Clock::now();
  EXPECT_EQ(run({.compile_ms = 0, .longest_wait = milliseconds(100)}), 0);
  EXPECT_GE(Clock::now() - start, milliseconds(100));
  EXPECT_EQ(shared_->compiles, 2);
  EXPECT_EQ(shared_->timeouts, 1u);

  EXPECT_EQ(run({.longest_wait = milliseconds(60'000)}), 0);  // what it published serves the next
  EXPECT_EQ(shared_->compiles, 2);
  ASSERT_EQ(::kill(owner, SIGKILL), 0);
  EXPECT_EQ(wait_for(owner), -SIGKILL);
}

// Two hosts with a shared folder that do not see each other's locks.
TEST_F(CubinsProcessesTest, WithoutLocksEachCompilesForItself) {
  const auto no_locks = std::make_shared<cache::FaultFileSystem>();
  no_locks->fault = [](const auto& call) { return call.name == "lock" ? ENOLCK : 0; };
  run_all({.file_system = no_locks}, 8);
  EXPECT_GE(shared_->compiles, 1);
  EXPECT_LE(shared_->compiles, 8);
  EXPECT_EQ(shared_->waits, 0u);
}

}  // namespace
}  // namespace jitgemm
