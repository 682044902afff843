// Starts cache_tool, alone or under strace, and reads what it reports.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/cache/files.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::faults {

// True under tools/cache_faults.sh, where the tests take minutes; otherwise they take seconds.
inline bool full() { return getenv("JITGEMM_FAULTS_FULL") != nullptr; }
inline int bounded(int in_full, int else_) { return full() ? in_full : else_; }

// Puts a measured value into the report.
template <typename T>
void record(const std::string& name, const T& value) {
  std::ostringstream text;
  text << value;
  testing::Test::RecordProperty(name, text.str());
}

struct Ended {
  int exit_code = -1;  // minus the signal when a signal ended it
  std::string out;

  bool had_all() const { return exit_code == 0; }
  nlohmann::json report() const {
    const std::string text = out.substr(0, out.find_last_not_of('\n') + 1);
    return nlohmann::json::parse(text.substr(text.find_last_of('\n') + 1), nullptr, false);
  }
  int count(const char* counter) const {
    const nlohmann::json report = this->report();
    return report.is_object() ? report.value(counter, -1) : -1;
  }
};

class Tool {
 public:
  struct Work {
    std::string root;
    int keys = 1;
    int compile_ms = 0;
    std::vector<std::string> under = {};  // a command with options that runs the tool
  };

  explicit Tool(const Work& work) : pid_(::fork()) {
    if (pid_ == 0) become(work);
  }
  ~Tool() {
    if (pid_ > 0 && !ended_) (void)kill_it();
  }
  Tool(Tool&& other) noexcept
      : out_(std::move(other.out_)), pid_(std::exchange(other.pid_, -1)), ended_(other.ended_) {}

  void signal(int number) const { ::kill(pid_, number); }
  std::string out() const { return cache::read_file(out_file()); }

  Ended wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), out()};
  }
  Ended kill_it() {
    signal(SIGKILL);
    return wait();
  }

 private:
  std::string out_file() const { return out_->string() + "/out"; }

  [[noreturn]] void become(const Work& work) const {
    const int file = ::open(out_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ::dup2(file, STDOUT_FILENO) < 0 || ::dup2(file, STDERR_FILENO) < 0) _exit(126);
    std::vector<std::string> words = work.under;
    words.insert(words.end(), {paths::kCacheTool, work.root, std::to_string(work.keys),
                               std::to_string(work.compile_ms)});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    _exit(127);
  }

  std::unique_ptr<TemporaryDirectory> out_ = std::make_unique<TemporaryDirectory>();
  pid_t pid_;
  bool ended_ = false;
};

inline Ended run(const Tool::Work& work) { return Tool(work).wait(); }

// Starts all processes, then waits for all.
inline std::vector<Ended> run_many(const Tool::Work& work, int processes) {
  std::vector<Tool> tools;
  for (int i = 0; i < processes; ++i) tools.emplace_back(work);
  std::vector<Ended> ended;
  for (Tool& tool : tools) ended.push_back(tool.wait());
  return ended;
}

inline int sum(const std::vector<Ended>& all, const char* counter) {
  int total = 0;
  for (const Ended& one : all) total += one.count(counter);
  return total;
}

inline bool is_installed(const std::string& program) {
  return ::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace jitgemm::faults
