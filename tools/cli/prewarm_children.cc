#include "tools/cli/prewarm_children.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "tools/cli/commands.h"

namespace jitgemm {

// ---- what a child writes ----

void to_json(nlohmann::json& json, const Status& error) {
  json = {static_cast<int>(error.code()), error.message(), error.detail()};
}
void from_json(const nlohmann::json& json, Status& error) {
  error = {static_cast<StatusCode>(json.at(0).get<int>()), json.at(1).get<std::string>(),
           json.at(2).get<std::string>()};
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KernelId, name, key_digest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrewarmReport, shapes, kernels, compiled, hit_disk, failed,
                                   compile_ms, errors, needed)

namespace cli {
namespace {

using Json = nlohmann::json;

constexpr int kJobsOfAProcess = 4;
constexpr int kMostProcesses = 64;
constexpr int kMostShards = 1 << 20;  // times kMostProcesses is an int

void write_line(const Json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
  std::fflush(stdout);
}

// ---- one child, seen by its parent ----

struct Child {
  std::string shard;  // "2/4"
  pid_t process = 0;
  std::FILE* output = nullptr;        // the read end of its stdout
  bool ended = false;                 // its stdout is closed
  std::optional<int64_t> total = {};  // kernels of its shard, once it has named one
  std::optional<Result<PrewarmReport>> report = {};
};

[[noreturn]] void become(std::vector<std::string> command, pid_t parent, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(kFailed);  // it ended before the call above
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::execv("/proc/self/exe", arguments.data());
  std::_Exit(kFailed);
}

Result<Child> start(std::vector<std::string> command, const PrewarmRequest& request, int child,
                    int children) {
  const int jobs = std::min(request.jobs / children + (child < request.jobs % children ? 1 : 0),
                            kJobsOfAProcess);
  const std::string shard =
      fmt::format("{}/{}", request.shard + request.shards * child, request.shards * children);
  command.insert(command.end(),
                 {"--jobs", fmt::to_string(jobs), "--shard", shard, "--report-to-parent"});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Status(StatusCode::kIoError, fmt::format("pipe: {}", std::strerror(errno)));
  const pid_t parent = ::getpid(), process = ::fork();
  if (process == 0) become(std::move(command), parent, ends[1]);
  const int error = errno;
  ::close(ends[1]);
  if (process > 0) return Child{shard, process, ::fdopen(ends[0], "r")};
  ::close(ends[0]);
  return Status(StatusCode::kIoError,
                fmt::format("no process can be started: {}", std::strerror(error)));
}

// The error of a child that ended with this status of waitpid() and without a report.
Status end_of(const Child& child, int status) {
  const bool killed = WIFSIGNALED(status);
  return {StatusCode::kInternal,
          fmt::format("the process {} of shard {} {} {} before it reported", child.process,
                      child.shard, killed ? "was killed by signal" : "exited with code",
                      killed ? WTERMSIG(status) : WEXITSTATUS(status))};
}

// Waits for the child. Without a report from it, its kernels count as failed, with one error.
Result<PrewarmReport> report_of(const Child& child) {
  int status = 0;
  while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (child.report) return *child.report;
  PrewarmReport report;
  report.kernels = report.failed = std::max<int64_t>(child.total.value_or(1), 1);
  report.errors.push_back(end_of(child, status));
  return report;
}

void add(const PrewarmReport& part, PrewarmReport* whole) {
  whole->shapes = std::max(whole->shapes, part.shapes);
  for (const auto count : {&PrewarmReport::kernels, &PrewarmReport::compiled,
                           &PrewarmReport::hit_disk, &PrewarmReport::failed})
    whole->*count += part.*count;
  const auto append = [&](auto list) {
    (whole->*list).insert((whole->*list).end(), (part.*list).begin(), (part.*list).end());
  };
  append(&PrewarmReport::compile_ms);
  append(&PrewarmReport::errors);
  append(&PrewarmReport::needed);
}

// ---- all children ----

// Shows the kernels of all children as those of one process.
class Reader {
 public:
  Reader(std::vector<Child>& children, const PrewarmProgress& progress)
      : children_(children), progress_(progress) {}

  // Reads until every child has ended.
  void read_all() {
    std::vector<std::jthread> threads;
    for (Child& child : children_) threads.emplace_back([this, &child] { read(child); });
  }

 private:
  void read(Child& child) {
    char* line = nullptr;
    size_t size = 0;
    while (::getline(&line, &size, child.output) > 0)
      take(Json::parse(line, nullptr, /*allow_exceptions=*/false), child);
    std::free(line);
    std::fclose(child.output);
    const std::lock_guard lock(mutex_);
    child.ended = true;
    show_steps();
  }

  // The last line of a child that was killed may be part of one, which is not JSON.
  void take(const Json& line, Child& child) {
    const std::lock_guard lock(mutex_);
    if (line.contains("kernel")) {
      child.total = line.at("total");
      steps_.push_back(line.at("kernel"));
      show_steps();
    } else if (line.contains("error")) {
      child.report = line.at("error").get<Status>();
    } else if (line.contains("report")) {
      child.report = line.at("report").get<PrewarmReport>();
    }
  }

  // The total is known once every child has made a kernel or has ended.
  void show_steps() {
    int64_t total = 0;
    for (const Child& child : children_) {
      if (!child.total && !child.ended) return;
      total += child.total.value_or(0);
    }
    for (const std::string& kernel : std::exchange(steps_, {})) progress_(++done_, total, kernel);
  }

  std::vector<Child>& children_;
  const PrewarmProgress& progress_;
  std::mutex mutex_;
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
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Child> children;
  const int count = processes_for(request);
  for (int i = 0; i < count; ++i) {
    Result<Child> child = start(command_line, request, i, count);
    if (!child.ok()) return child.status();
    children.push_back(*std::move(child));
  }
  Reader(children, progress).read_all();
  PrewarmReport whole;
  for (const Child& child : children) {
    const Result<PrewarmReport> part = report_of(child);
    if (!part.ok()) return part.status();
    add(*part, &whole);
  }
  whole.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return whole;
}

void write_step(int64_t total, std::string_view kernel) {
  write_line({{"kernel", kernel}, {"total", total}});
}

void write_report(const Result<PrewarmReport>& report) {
  write_line(report.ok() ? Json{{"report", *report}} : Json{{"error", report.status()}});
}

}  // namespace cli
}  // namespace jitgemm
