// Prewarming: every kernel that a list of shapes needs, into the cache, on some threads, without a
// GPU.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "src/library_state.h"
#include "src/plan/desc.h"
#include "src/plan/plan.h"

namespace jitgemm {
namespace {

Status validate(const PrewarmRequest& request) {
  if (request.m_max < 1 || request.m_max > kMaxDimension)
    return {StatusCode::kInvalidArgument,
            fmt::format("m_max = {} is outside 1..{}", request.m_max, kMaxDimension)};
  if (request.jobs < 1)
    return {StatusCode::kInvalidArgument, fmt::format("jobs = {} is less than 1", request.jobs)};
  if (request.shard < 1 || request.shard > request.shards)
    return {StatusCode::kInvalidArgument,
            fmt::format("shard = {} is outside 1..shards = {}", request.shard, request.shards)};
  for (const GemmDesc& desc : request.shapes)
    if (Status status = plan::validate(desc); !status.ok()) return status;
  return {};
}

std::vector<GemmDesc> distinct(const std::vector<GemmDesc>& shapes) {
  std::set<std::pair<int64_t, int64_t>> seen;
  std::vector<GemmDesc> result;
  for (const GemmDesc& desc : shapes)
    if (seen.emplace(desc.n, desc.k).second) result.push_back(desc);
  return result;
}

// What each of the shapes needs, and of that every shards-th kernel.
std::vector<plan::KernelConfig> kernels_of(const std::vector<GemmDesc>& shapes,
                                           const PrewarmRequest& request,
                                           const plan::DeviceModel& device, Form form) {
  std::vector<plan::KernelConfig> kernels;
  int turn = 0;
  for (const GemmDesc& desc : shapes)
    for (const plan::KernelConfig& config : plan::kernels_for(desc, request.m_max, device, form))
      if (turn++ % request.shards == request.shard - 1) kernels.push_back(config);
  return kernels;
}

// One round over the kernels, by as many threads as call work().
class Prewarmer {
 public:
  Prewarmer(Registry& registry, std::vector<plan::KernelConfig> kernels,
            const PrewarmProgress& progress)
      : registry_(registry), kernels_(std::move(kernels)), progress_(progress) {
    report_.kernels = total();
  }

  void work() {
    for (size_t i = next_.fetch_add(1); i < kernels_.size(); i = next_.fetch_add(1))
      record(kernels_[i].name(), registry_.warm(kernels_[i]));
  }

  PrewarmReport report() && { return std::move(report_); }

 private:
  int64_t total() const { return static_cast<int64_t>(kernels_.size()); }

  void record(const std::string& name, const Result<Registry::Warmed>& warmed) {
    std::lock_guard lock(mutex_);
    if (!warmed.ok()) {
      ++report_.failed;
      report_.errors.push_back(warmed.status());
    } else if (warmed->compiled) {
      ++report_.compiled;
      report_.compile_ms.push_back(warmed->compile_ms);
    } else {
      ++report_.hit_disk;
    }
    ++done_;
    if (progress_) progress_(done_, total(), name);
  }

  Registry& registry_;
  const std::vector<plan::KernelConfig> kernels_;
  const PrewarmProgress& progress_;
  std::atomic<size_t> next_ = 0;

  std::mutex mutex_;  // guards what follows, and gives `progress` one call at a time
  PrewarmReport report_;
  int64_t done_ = 0;
};

// The calling thread works too. A thread that the system won't give is done without.
void run_on_threads(int threads, Prewarmer& prewarmer) {
  std::vector<std::thread> helpers;
  try {
    while (static_cast<int>(helpers.size()) < threads - 1)
      helpers.emplace_back([&prewarmer] { prewarmer.work(); });
  } catch (const std::system_error&) {
  }
  prewarmer.work();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace

Result<PrewarmReport> Library::prewarm(const PrewarmRequest& request,
                                       const PrewarmProgress& progress) const {
  const auto start = std::chrono::steady_clock::now();
  if (Status status = validate(request); !status.ok()) return status;
  if (!state_->cache_status().ok()) return state_->cache_status();
  Result<plan::DeviceModel> device = plan::device_by_name(request.gpu);
  if (!device.ok()) return device.status();
  if (auto compiler = state_->compiler(); !compiler.ok()) return compiler.status();

  const std::vector<GemmDesc> shapes = distinct(request.shapes);
  std::vector<plan::KernelConfig> kernels =
      kernels_of(shapes, request, *device, state_->options().form);

  const int threads =
      static_cast<int>(std::clamp<size_t>(kernels.size(), 1, static_cast<size_t>(request.jobs)));
  Prewarmer prewarmer(state_->registry(), std::move(kernels), progress);
  run_on_threads(threads, prewarmer);

  PrewarmReport report = std::move(prewarmer).report();
  report.shapes = static_cast<int64_t>(shapes.size());
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace jitgemm
