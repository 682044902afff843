// Each system call of the cache fails in turn, with each error that disks and shares give: the
// kernel is still returned, and one counter and one warning report the failure.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/plan/plan.h"
#include "src/runtime/cubins.h"
#include "tests/cache/fault_file_system.h"
#include "tests/faults/strace.h"
#include "tests/faults/tool.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
using Call = cache::FaultFileSystem::Call;

std::vector<int> errors() {
  if (!full()) return {ENOSPC, EACCES, EIO, ESTALE};
  return {ENOSPC, EDQUOT, EROFS, EACCES, EIO, EMFILE, ENOLCK, ESTALE};
}

// The state of the cache when the kernel is requested.
enum class Before { kEmpty, kWarm, kDamaged };

// One process over a file system that can fail.
struct Attempt {
  explicit Attempt(Before before) {
    if (before != Before::kEmpty) {
      EXPECT_TRUE(get());
    }
    if (before == Before::kDamaged) damage();
    cubins.reset();
    counters = std::make_unique<AtomicCounters>();
    faults->calls.clear();
  }

  bool get() {
    if (!cubins) cubins = std::make_unique<Cubins>(parts(), counters.get());
    const Result<Cubin> cubin = cubins->get(request);
    return cubin.ok() && *cubin->bytes == compiler->compile(request.source, {})->cubin;
  }

  CubinParts parts() {
    return {.store = store,
            .compiler = [this] { return Result<std::shared_ptr<compile::Compiler>>(compiler); },
            .log = log.sink()};
  }

  void damage() const {
    for (const auto& item : fs::recursive_directory_iterator(folder.path()))
      if (item.path().extension() == ".ljg") fs::resize_file(item.path(), 100);
  }

  // The failures that the counters report.
  uint64_t troubles() const {
    const Counters now = counters->snapshot();
    return now.read_failed + now.publish_failed + now.locks_unavailable;
  }

  TemporaryDirectory folder;
  std::shared_ptr<cache::FaultFileSystem> faults = std::make_shared<cache::FaultFileSystem>();
  std::shared_ptr<cache::Store> store = *cache::Store::open(
      folder.string() + "/cache", {.file_system = faults, .lock_dir = folder.string() + "/locks"});
  std::shared_ptr<FakeCompiler> compiler = std::make_shared<FakeCompiler>();
  LogRecorder log;
  std::unique_ptr<AtomicCounters> counters = std::make_unique<AtomicCounters>();
  std::unique_ptr<Cubins> cubins;  // of one process
  CubinRequest request{
      plan::decide({.n = 2112, .k = 7168}, 16, plan::known_devices().front())->config};
};

std::vector<Call> calls_of(Before before) {
  Attempt attempt(before);
  EXPECT_TRUE(attempt.get());
  return attempt.faults->calls;
}

class CacheErrnoTest : public ::testing::TestWithParam<Before> {};

TEST_P(CacheErrnoTest, KernelIsReturnedOneCounterCountsAndOneWarningSaysSo) {
  int cells = 0, counted = 0;
  for (const Call& call : calls_of(GetParam())) {
    for (const int error : errors()) {
      SCOPED_TRACE(call.name + " " + call.path + " " + strerrorname_np(error));
      Attempt attempt(GetParam());
      attempt.faults->fault = [&](const Call& made) {
        return made.index == call.index ? error : 0;
      };
      EXPECT_TRUE(attempt.get());
      EXPECT_LE(attempt.troubles(), 1u);
      const size_t expected =
          attempt.troubles() + (GetParam() == Before::kDamaged && attempt.counters->damaged > 0);
      EXPECT_EQ(attempt.log.warnings().size(), expected);
      EXPECT_EQ(attempt.faults->open_descriptors(), 0u);
      ++cells;
      counted += static_cast<int>(attempt.troubles());

      attempt.faults->fault = [](const Call&) { return 0; };
      EXPECT_TRUE(attempt.get()) << "does not heal";
      EXPECT_EQ(attempt.store->usage()->temporary_files, 0u);
    }
  }
  record("cells", cells);
  record("cells_with_a_counter_and_a_warning", counted);
  EXPECT_GT(counted, cells / 4);
}

// The error persists, as on a full disk or a lost share.
TEST_P(CacheErrnoTest, LastingErrorIsOneWarningOverManyKernels) {
  for (const char* call : {"open", "write", "fsync", "close", "rename", "mkdir", "lock", "fstat"}) {
    for (const int error : errors()) {
      SCOPED_TRACE(std::string(call) + " " + strerrorname_np(error));
      Attempt attempt(GetParam());
      attempt.faults->fault = [&](const Call& made) {
        const bool harmless = made.name == "close" && !cache::is_temporary(made.path);
        return made.name == call && !harmless ? error : 0;
      };
      for (int round = 0; round < 3; ++round) EXPECT_TRUE(attempt.get());
      const size_t damaged = attempt.counters->damaged > 0;
      EXPECT_EQ(attempt.log.warnings().size(), damaged + (attempt.troubles() > 0));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CacheErrnoTest,
                         ::testing::Values(Before::kEmpty, Before::kWarm, Before::kDamaged),
                         [](const auto& before) {
                           const bool empty = before.param == Before::kEmpty;
                           const bool warm = before.param == Before::kWarm;
                           return std::string(empty ? "Empty" : warm ? "Warm" : "Damaged");
                         });

// The same in a traced process, on the system calls themselves.
TEST(CacheErrnoTracedTest, KernelIsReturnedOneCounterCountsAndOneWarningSaysSo) {
  if (!can_trace()) GTEST_SKIP() << "needs strace, and the right to trace";
  std::vector<std::string> calls = {"write", "fsync", "renameat", "mkdirat", "fcntl"};
  if (full()) calls.insert(calls.end(), {"openat", "close", "newfstatat"});
  int cells = 0, counted = 0;
  for (const std::string& call : calls) {
    const TemporaryDirectory traced;
    const std::string traced_root = traced.string() + "/cache";
    for (const int at : calls_about(traced_root, call, {.root = traced_root})) {
      for (const int number : full() ? errors() : std::vector<int>{ENOSPC, EIO}) {
        const std::string error = strerrorname_np(number);
        SCOPED_TRACE(call + " " + std::to_string(at) + " " + error);
        const TemporaryDirectory folder;
        const std::string root = folder.string() + "/cache";
        const Ended ended =
            run({.root = root,
                 .under = injecting(call + ":error=" + error + ":when=" + std::to_string(at))});
        EXPECT_TRUE(ended.had_all()) << ended.out;
        // A folder that cannot be used is reported once, at open; then nothing is published.
        const int troubles = ended.count("folders_refused") > 0
                                 ? 1
                                 : ended.count("publish_failed") + ended.count("read_failed") +
                                       ended.count("locks_unavailable");
        EXPECT_LE(troubles, 1) << ended.out;
        EXPECT_EQ(ended.report()["warnings"].size(), static_cast<size_t>(troubles)) << ended.out;
        ++cells;
        counted += troubles;
        EXPECT_TRUE(run({.root = root}).had_all());
      }
    }
  }
  record("cells", cells);
  record("cells_with_a_counter_and_a_warning", counted);
  EXPECT_GT(counted, 0);
}

}  // namespace
}  // namespace jitgemm::faults
