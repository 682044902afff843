#include "tools/cli/prewarm_children.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

using Json = nlohmann::json;

constexpr int kJobsOfAProcess = 4;
constexpr int kMostProcesses = 64;
constexpr int kMostShards = 1 << 20;  // times kMostProcesses is an int

// ---- what a child writes ----

void write_line(const Json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
  std::fflush(stdout);
}

Json json_of(const Status& error) {
  return {static_cast<int>(error.code()), error.message(), error.detail()};
}

Status status_of(const Json& json) {
  return {static_cast<StatusCode>(json.at(0).get<int>()), json.at(1).get<std::string>(),
          json.at(2).get<std::string>()};
}

Json json_of(const PrewarmReport& report) {
  Json errors = Json::array(), needed = Json::array();
  for (const Status& error : report.errors) errors.push_back(json_of(error));
  for (const KernelId& kernel : report.needed) needed.push_back({kernel.name, kernel.key_digest});
  return {{"shapes", report.shapes},     {"kernels", report.kernels},
          {"compiled", report.compiled}, {"hit_disk", report.hit_disk},
          {"failed", report.failed},     {"compile_ms", report.compile_ms},
          {"errors", std::move(errors)}, {"needed", std::move(needed)}};
}

PrewarmReport report_of(const Json& json) {
  PrewarmReport report;
  report.shapes = json.at("shapes");
  report.kernels = json.at("kernels");
  report.compiled = json.at("compiled");
  report.hit_disk = json.at("hit_disk");
  report.failed = json.at("failed");
  report.compile_ms = json.at("compile_ms").get<std::vector<double>>();
  for (const Json& error : json.at("errors")) report.errors.push_back(status_of(error));
  for (const Json& kernel : json.at("needed"))
    report.needed.push_back({kernel.at(0).get<std::string>(), kernel.at(1).get<std::string>()});
  return report;
}

// ---- one child, seen by its parent ----

struct Child {
  std::string shard;  // "2/4"
  pid_t process = 0;
  int output = -1;                    // the read end of its stdout; -1: it has ended
  int status = 0;                     // of waitpid(), once it has ended
  std::string line = {};              // the start of a line that has not arrived in full
  std::optional<int64_t> total = {};  // kernels of its shard, once it has named one
  std::optional<Result<PrewarmReport>> report = {};
};

std::vector<std::string> command_of_child(std::vector<std::string> command_line,
                                          const PrewarmRequest& request, int child, int children) {
  const int jobs = std::min(request.jobs / children + (child < request.jobs % children ? 1 : 0),
                            kJobsOfAProcess);
  const std::string shard =
      fmt::format("{}/{}", request.shard + request.shards * child, request.shards * children);
  for (std::string argument : {std::string("--jobs"), fmt::to_string(jobs), std::string("--shard"),
                               shard, std::string("--parent"), fmt::to_string(::getpid())})
    command_line.push_back(std::move(argument));
  return command_line;
}

Result<Child> start(std::vector<std::string> command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Status(StatusCode::kIoError, fmt::format("pipe: {}", std::strerror(errno)));
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  Child child{.shard = command[command.size() - 3], .output = ends[0]};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  const int error =
      ::posix_spawn(&child.process, "/proc/self/exe", &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  if (error == 0) return child;
  ::close(ends[0]);
  return Status(StatusCode::kIoError,
                fmt::format("no process can be started: {}", std::strerror(error)));
}

// The error of a child that ended without a report.
Status end_of(const Child& child) {
  const std::string how = WIFSIGNALED(child.status)
                              ? fmt::format("was killed by signal {} ({})", WTERMSIG(child.status),
                                            ::strsignal(WTERMSIG(child.status)))
                              : fmt::format("exited with code {}", WEXITSTATUS(child.status));
  return {StatusCode::kInternal, fmt::format("the process {} of shard {} {} before it reported",
                                             child.process, child.shard, how)};
}

// ---- all children ----

class Children {
 public:
  explicit Children(const PrewarmProgress& progress) : progress_(progress) {}

  Status add(std::vector<std::string> command) {
    Result<Child> child = start(std::move(command));
    if (!child.ok()) return child.status();
    children_.push_back(*std::move(child));
    return {};
  }

  // Reads until every child has ended.
  void read_all() {
    std::vector<pollfd> outputs(children_.size());
    for (bool open = true; open;) {
      open = false;
      for (size_t i = 0; i < children_.size(); ++i) {
        outputs[i] = {.fd = children_[i].output, .events = POLLIN, .revents = 0};
        open |= children_[i].output >= 0;
      }
      if (!open || ::poll(outputs.data(), outputs.size(), -1) < 0) continue;
      for (size_t i = 0; i < children_.size(); ++i)
        if (outputs[i].revents != 0) read_some(children_[i]);
    }
  }

  // Kernels come in the order in which one process would have listed them: each child has every
  // n-th.
  Result<PrewarmReport> merged() {
    PrewarmReport whole;
    size_t longest = 0;
    for (Child& child : children_) {
      if (!child.report)
        count_as_failed(child, &whole);
      else if (!child.report->ok())
        return child.report->status();
      else
        longest = std::max(longest, add(**child.report, &whole));
    }
    for (size_t i = 0; i < longest; ++i)
      for (const Child& child : children_)
        if (child.report && i < (*child.report)->needed.size())
          whole.needed.push_back((*child.report)->needed[i]);
    return whole;
  }

 private:
  void read_some(Child& child) {
    char piece[4096];
    const ssize_t bytes = ::read(child.output, piece, sizeof piece);
    if (bytes < 0 && errno == EINTR) return;
    if (bytes <= 0) {
      ::close(std::exchange(child.output, -1));
      while (::waitpid(child.process, &child.status, 0) < 0 && errno == EINTR) {
      }
      show_steps();
      return;
    }
    child.line.append(piece, static_cast<size_t>(bytes));
    for (size_t end; (end = child.line.find('\n')) != std::string::npos;) {
      take(Json::parse(child.line.substr(0, end)), child);
      child.line.erase(0, end + 1);
    }
  }

  void take(const Json& line, Child& child) {
    if (line.contains("kernel")) {
      child.total = line.at("total");
      steps_.push_back(line.at("kernel"));
      show_steps();
    } else if (line.contains("error")) {
      child.report = status_of(line.at("error"));
    } else {
      child.report = report_of(line);
    }
  }

  // The total is known once every child has made a kernel or has ended.
  void show_steps() {
    int64_t total = 0;
    for (const Child& child : children_) {
      if (!child.total && child.output >= 0) return;
      total += child.total.value_or(0);
    }
    for (const std::string& kernel : std::exchange(steps_, {})) progress_(++done_, total, kernel);
  }

  static void count_as_failed(const Child& child, PrewarmReport* whole) {
    const int64_t kernels = std::max<int64_t>(child.total.value_or(1), 1);
    whole->kernels += kernels;
    whole->failed += kernels;
    whole->errors.push_back(end_of(child));
  }

  // Returns how many kernels the part has.
  static size_t add(const PrewarmReport& part, PrewarmReport* whole) {
    whole->shapes = part.shapes;
    whole->kernels += part.kernels;
    whole->compiled += part.compiled;
    whole->hit_disk += part.hit_disk;
    whole->failed += part.failed;
    whole->compile_ms.insert(whole->compile_ms.end(), part.compile_ms.begin(),
                             part.compile_ms.end());
    whole->errors.insert(whole->errors.end(), part.errors.begin(), part.errors.end());
    return part.needed.size();
  }

  const PrewarmProgress& progress_;
  std::vector<Child> children_;
  std::vector<std::string> steps_;  // kernels that are done and have not been shown
  int64_t done_ = 0;
};

}  // namespace

int processes_for(const PrewarmRequest& request) {
  // The library refuses such a shard by name.
  if (request.shard < 1 || request.shard > request.shards || request.shards > kMostShards) return 1;
  return std::clamp((request.jobs - 1) / kJobsOfAProcess + 1, 1, kMostProcesses);
}

Result<PrewarmReport> prewarm_in_children(const std::vector<std::string>& command_line,
                                          const PrewarmRequest& request,
                                          const PrewarmProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  const int count = processes_for(request);
  Children children(progress);
  for (int i = 0; i < count; ++i)
    if (Status status = children.add(command_of_child(command_line, request, i, count));
        !status.ok())
      return status;
  children.read_all();
  Result<PrewarmReport> report = children.merged();
  if (report.ok())
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(kFailed);  // it ended before the call above
}

void write_step(int64_t total, std::string_view kernel) {
  write_line({{"kernel", kernel}, {"total", total}});
}

void write_report(const Result<PrewarmReport>& report) {
  write_line(report.ok() ? json_of(*report) : Json{{"error", json_of(report.status())}});
}

}  // namespace jitgemm::cli
