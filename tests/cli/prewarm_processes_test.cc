// jitgemm prewarm --jobs, with more jobs than one process takes. An NVRTC that only waits keeps the
// children busy for as long as a test needs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cache/files.h"
#include "tests/cli/command.h"
#include "tests/paths.h"
#include "tools/cli/prewarm_processes.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

int count(std::string_view part, std::string_view text) {
  int found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++found;
  return found;
}

// A process that has ended and whose parent has not waited for it has the state Z.
bool is_running(pid_t process) {
  const std::string stat = cache::read_file(fmt::format("/proc/{}/stat", process));
  const size_t name_end = stat.rfind(") ");
  return name_end != stat.npos && stat[name_end + 2] != 'Z' && stat[name_end + 2] != 'X';
}

std::vector<pid_t> children_of(pid_t parent) {
  std::istringstream processes(
      cache::read_file(fmt::format("/proc/{0}/task/{0}/children", parent)));
  return {std::istream_iterator<pid_t>(processes), {}};
}

size_t threads_of(pid_t process) {
  std::error_code error;
  const fs::directory_iterator threads(fmt::format("/proc/{}/task", process), error);
  return static_cast<size_t>(std::distance(begin(threads), end(threads)));
}

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 3000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

class PrewarmProcessesTest : public ::testing::Test {
 protected:
  static std::vector<std::string> command(std::vector<std::string> more) {
    more.insert(more.begin(), {"prewarm", "--n", "7168", "--k", "2048", "--json"});
    return more;
  }

  // Starts a prewarm and waits until it has three children.
  static pid_t start(const Command& slow, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--jobs", "10"});
    const pid_t parent = slow.start(command(more));
    EXPECT_TRUE(becomes_true([&] { return children_of(parent).size() == 3; }));
    return parent;
  }

  Outcome with_a_dead_child(std::vector<std::string> more = {}) {
    const pid_t parent = start(slow_, std::move(more));
    kill(children_of(parent).at(0), SIGKILL);
    return slow_.finish(parent);
  }

  fs::path file(const std::string& name) const { return jitgemm_.directory() / name; }

  static Variables compiles_take(const char* ms) {
    return {{"JITGEMM_NVRTC", paths::kSlowNvrtc}, {"SLOW_NVRTC_MS", ms}};
  }
  const Command jitgemm_{compiles_take("1")}, slow_{compiles_take("200")};
};

// A process has at most four jobs, and its shard for its seconds.
TEST_F(PrewarmProcessesTest, JobsAreDividedAndTimesAreSideBySide) {
  const auto prewarm = [](const PrewarmRequest& part, const PrewarmProgress&) {
    PrewarmReport report;
    report.kernels = part.jobs;
    report.seconds = part.shard;
    return Result<PrewarmReport>(report);
  };
  for (const auto& [jobs, processes] : {std::pair{1, 1}, {4, 1}, {5, 2}, {8, 2}, {9, 3}}) {
    const auto report = prewarm_in_processes({.jobs = jobs}, prewarm, [](auto...) {});
    EXPECT_EQ(report->kernels, jobs);
    EXPECT_EQ(report->seconds, processes) << jobs;
  }
}

TEST_F(PrewarmProcessesTest, ReportProgressAndManifestAreThoseOfOneProcess) {
  const auto run = [&](const std::string& name, const char* jobs) {
    return jitgemm_(command({"--cache-dir", file(name + ".cache"), "--write-manifest",
                             file(name + ".manifest"), "--require-complete", "--jobs", jobs}));
  };
  const Outcome one = run("one", "1"), many = run("many", "10"), again = run("many", "10");
  ASSERT_EQ(one.exit_code, 0) << one.err;
  ASSERT_EQ(many.exit_code, 0) << many.err;
  ASSERT_GT(one.json()["kernels"], 10);
  for (const char* key : {"shapes", "not_served", "kernels", "compiled", "hit_disk", "failed"})
    EXPECT_EQ(one.json()[key], many.json()[key]) << key;
  EXPECT_GE(many.json()["compile_ms_max"], many.json()["compile_ms_median"]);
  EXPECT_GE(many.json()["compile_ms_median"], 1);
  EXPECT_EQ(cache::read_file(file("one.manifest")), cache::read_file(file("many.manifest")));
  const int kernels = one.json()["kernels"];
  for (int i = 1; i <= kernels; ++i)
    EXPECT_EQ(count(fmt::format("[{}/{}] ", i, kernels), many.err), 1) << i;
  EXPECT_EQ(again.json()["hit_disk"], kernels);
  EXPECT_EQ(again.json()["compiled"], 0);
}

TEST_F(PrewarmProcessesTest, ShardsMakeWhatOneRunWouldMake) {
  for (const char* jobs : {"1", "8"}) {
    const auto run = [&](const char* shard) {
      return jitgemm_(command({"--cache-dir", file(jobs), "--shard", shard, "--jobs", jobs}));
    };
    const int first = run("1/2").json()["compiled"], second = run("2/2").json()["compiled"];
    EXPECT_GT(first, 0);
    EXPECT_GT(second, 0);
    const Outcome whole = run("1/1");
    EXPECT_EQ(whole.json()["compiled"], 0);
    EXPECT_EQ(whole.json()["hit_disk"], first + second);
  }
}

// No compile ends in this test, so a child has nothing to write into its broken pipe.
TEST_F(PrewarmProcessesTest, AnInterruptEndsAllOfThem) {
  const Command stuck{compiles_take("60000")};
  for (int signal : {SIGINT, SIGKILL}) {
    const pid_t parent = start(stuck);
    const std::vector<pid_t> children = children_of(parent);
    EXPECT_TRUE(becomes_true([&] {  // the jobs are divided among them
      std::vector<size_t> threads;
      for (pid_t child : children) threads.push_back(threads_of(child));
      std::ranges::sort(threads);
      return threads == std::vector<size_t>{3, 3, 4};
    }));
    kill(parent, signal);
    EXPECT_EQ(stuck.finish(parent).exit_code, -1);
    for (pid_t child : children)
      EXPECT_TRUE(becomes_true([&] { return !is_running(child); })) << child;
  }
}

TEST_F(PrewarmProcessesTest, AChildThatDiesIsReportedAsOneFailure) {
  const Outcome outcome = with_a_dead_child();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(count("was killed by signal 9", outcome.err), 1) << outcome.err;
  EXPECT_EQ(count("jitgemm: ", outcome.err), 1) << outcome.err;
  EXPECT_GE(outcome.json()["failed"], 1);
  EXPECT_GT(outcome.json()["compiled"], 0);
}

// A line of progress says that each child has told how many kernels it makes.
TEST_F(PrewarmProcessesTest, EveryKernelOfAChildThatDiesAtWorkIsAFailure) {
  const int kernels = jitgemm_(command({})).json()["kernels"];
  const pid_t parent = start(slow_), child = children_of(parent).at(0);
  EXPECT_TRUE(
      becomes_true([&] { return !cache::read_file(slow_.directory() / "stderr").empty(); }));
  kill(child, SIGKILL);
  EXPECT_EQ(slow_.finish(parent).json()["kernels"], kernels);
}

TEST_F(PrewarmProcessesTest, ManifestOfADeadChildIsNotWritten) {
  const Outcome outcome = with_a_dead_child({"--write-manifest", file("manifest")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("is not written"));
  EXPECT_FALSE(fs::exists(file("manifest")));
}

TEST_F(PrewarmProcessesTest, WhatAllOfThemLackIsReportedOnce) {
  std::set<std::string> said;
  for (const char* jobs : {"1", "8"}) {
    const Outcome outcome = jitgemm_(command({"--nvrtc", "/nonexistent", "--jobs", jobs}));
    said.insert(outcome.err);
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(count("jitgemm: ", outcome.err), 1) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("/nonexistent"));
  }
  EXPECT_EQ(said.size(), 1u);
}

// No folder can be made where the cache has its subfolders, so no kernel can be published.
TEST_F(PrewarmProcessesTest, KernelsThatAreNotPublishedAreNamedFailures) {
  const std::string root = file("root");
  fs::create_directory(root);
  for (int shard = 0; shard < 256; ++shard) std::ofstream(fmt::format("{}/{:02x}", root, shard));
  for (const char* jobs : {"1", "8"}) {
    const Outcome outcome = jitgemm_(command({"--cache-dir", root, "--jobs", jobs}));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_GT(outcome.json()["kernels"], 10);
    EXPECT_EQ(outcome.json()["failed"], outcome.json()["kernels"]);
    EXPECT_EQ(count("\njitgemm: ", outcome.err), static_cast<int>(outcome.json()["failed"]));
    EXPECT_THAT(outcome.err, HasSubstr(root));
  }
}

}  // namespace
}  // namespace jitgemm::cli
