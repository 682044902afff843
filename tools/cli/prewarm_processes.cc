// All children write their steps into one pipe. Each child writes its report into its own file.
#include "tools/cli/prewarm_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jitgemm {

// ---- the report of a child as JSON ----

void to_json(nlohmann::json& json, const Status& error) {
  json = {static_cast<int>(error.code()), error.message(), error.detail()};
}
void from_json(const nlohmann::json& json, Status& error) {
  error = {static_cast<StatusCode>(json.at(0).get<int>()), json.at(1).get<std::string>(),
           json.at(2).get<std::string>()};
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KernelId, name, key_digest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrewarmReport, shapes, kernels, compiled, hit_disk, failed,
                                   seconds, compile_ms, errors, needed)

namespace cli {
namespace {

constexpr int kJobsOfAProcess = 4;
constexpr int kMostProcesses = 64;
constexpr int kMostShards = 1 << 20;  // times kMostProcesses is an int

// A child has made a kernel, or has ended. A pipe keeps the bytes of so small a write() together.
struct Step {
  int child;
  int64_t total;     // kernels of the child's shard
  char kernel[256];  // the name, which ends with a zero; empty at the end
};

struct Child {
  std::string shard;  // "2/4"
  std::FILE* report = nullptr;
  pid_t process = 0;
  std::optional<int64_t> total = {};  // of its steps, once there is one
};

Status failed_to(const char* call) {
  return {StatusCode::kIoError, fmt::format("{}: {}", call, std::strerror(errno))};
}

PrewarmRequest part_of(const PrewarmRequest& request, int child, int children) {
  PrewarmRequest part = request;
  part.jobs = std::min(request.jobs / children + (child < request.jobs % children ? 1 : 0),
                       kJobsOfAProcess);
  part.shard = request.shard + request.shards * child;
  part.shards = request.shards * children;
  return part;
}

// What a child does: it writes its steps to `pipe`, the last one without a kernel, and its report
// to `file`.
[[noreturn]] void work(int child, const PrewarmRequest& part, const Prewarm& prewarm, int pipe,
                       std::FILE* file) {
  const auto tell = [&](int64_t, int64_t total, std::string_view kernel) {
    Step step = {child, total, {}};
    kernel.copy(step.kernel, sizeof step.kernel - 1);
    if (::write(pipe, &step, sizeof step) < 0) std::_Exit(EXIT_FAILURE);
  };
  const Result<PrewarmReport> report = prewarm(part, tell);
  tell(0, report.ok() ? report->kernels : 0, "");
  const nlohmann::json json = report.ok() ? nlohmann::json{{"report", *report}}
                                          : nlohmann::json{{"error", report.status()}};
  fmt::print(file, "{}", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::_Exit(std::fflush(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

// Starts the child, which the system kills when this process ends for any reason.
Result<Child> start(int i, const PrewarmRequest& part, const Prewarm& prewarm, int pipe) {
  Child child{.shard = fmt::format("{}/{}", part.shard, part.shards)};
  const int file = ::memfd_create("report", MFD_CLOEXEC);
  if (file < 0) return failed_to("memfd_create");
  child.report = ::fdopen(file, "w+");
  const pid_t parent = ::getpid();
  child.process = ::fork();
  if (child.process < 0) return failed_to("fork");
  if (child.process > 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(EXIT_FAILURE);  // it ended before the call above
  work(i, part, prewarm, pipe, child.report);
}

// Shows the steps of all children as those of one process, until every child has ended. The total
// is known once each child has taken a step.
void show_steps(int pipe, std::vector<Child>& children, const PrewarmProgress& progress) {
  std::vector<std::string> waiting;  // kernels that are not shown yet
  int64_t done = 0;
  const auto show = [&] {
    int64_t total = 0;
    for (const Child& child : children) total += child.total.value_or(0);
    for (const std::string& kernel : std::exchange(waiting, {})) progress(++done, total, kernel);
  };
  for (Step step; ::read(pipe, &step, sizeof step) == sizeof step;) {
    children[step.child].total = step.total;
    if (*step.kernel != '\0') waiting.push_back(step.kernel);
    if (std::ranges::all_of(children, [](const Child& child) { return child.total.has_value(); }))
      show();
  }
  show();
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
  std::rewind(child.report);
  const nlohmann::json json =
      nlohmann::json::parse(child.report, nullptr, /*allow_exceptions=*/false);
  std::fclose(child.report);
  if (json.contains("report")) return json["report"].get<PrewarmReport>();
  if (json.contains("error")) return json["error"].get<Status>();
  PrewarmReport report;
  report.kernels = report.failed = std::max<int64_t>(child.total.value_or(1), 1);
  report.errors.push_back(end_of(child, status));
  return report;
}

void add(const PrewarmReport& part, PrewarmReport* whole) {
  whole->shapes = std::max(whole->shapes, part.shapes);
  whole->seconds = std::max(whole->seconds, part.seconds);
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

}  // namespace

Result<PrewarmReport> prewarm_in_processes(const PrewarmRequest& request, const Prewarm& prewarm,
                                           const PrewarmProgress& progress) {
  const int count = std::clamp((request.jobs - 1) / kJobsOfAProcess + 1, 1, kMostProcesses);
  // The library refuses such a shard by name.
  const bool wrong_shard =
      request.shard < 1 || request.shard > request.shards || request.shards > kMostShards;
  if (count == 1 || wrong_shard) return prewarm(request, progress);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed_to("pipe");
  std::vector<Child> children;
  for (int i = 0; i < count; ++i) {
    Result<Child> child = start(i, part_of(request, i, count), prewarm, ends[1]);
    if (!child.ok()) return child.status();
    children.push_back(*std::move(child));
  }
  ::close(ends[1]);
  show_steps(ends[0], children, progress);
  ::close(ends[0]);
  PrewarmReport whole;
  for (const Child& child : children) {
    const Result<PrewarmReport> part = report_of(child);
    if (!part.ok()) return part.status();
    add(*part, &whole);
  }
  return whole;
}

}  // namespace cli
}  // namespace jitgemm
