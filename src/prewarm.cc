// Prewarming: every kernel that a list of shapes needs, into the cache, on some threads, without a
// GPU.
#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "src/distinct_shapes.h"
#include "src/library_state.h"
#include "src/plan/desc.h"
#include "src/plan/generic.h"
#include "src/plan/plan.h"
#include "src/scoped_range.h"
#include "src/shared_work.h"

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

// What a shape needs, launched with PDL or without, each kernel once.
std::vector<plan::KernelConfig> for_all_chains(const GemmDesc& desc, int64_t m_max,
                                               const plan::DeviceModel& device,
                                               const LibraryState& library) {
  std::vector<plan::KernelConfig> kernels;
  for (plan::Chain chain : plan::kChains)
    for (const plan::KernelConfig& config :
         plan::kernels_for(desc, m_max, device, library.rules(chain)))
      if (std::find(kernels.begin(), kernels.end(), config) == kernels.end())
        kernels.push_back(config);
  return kernels;
}

// What all shapes share, then what each of them needs, and of that every shards-th kernel.
std::vector<plan::KernelConfig> kernels_of(const std::vector<GemmDesc>& shapes,
                                           const PrewarmRequest& request,
                                           const plan::DeviceModel& device,
                                           const LibraryState& library) {
  std::vector<plan::KernelConfig> kernels;
  int turn = 0;
  const auto add = [&](const plan::KernelConfig& config) {
    if (turn++ % request.shards == request.shard - 1) kernels.push_back(config);
  };
  if (!shapes.empty())
    for (const plan::Range& range : plan::generic_ranges(library.options().form)) add(range.config);
  for (const GemmDesc& desc : shapes)
    for (const plan::KernelConfig& config : for_all_chains(desc, request.m_max, device, library))
      add(config);
  return kernels;
}

void record(const Result<Registry::Warmed>& warmed, PrewarmReport* report) {
  if (!warmed.ok()) {
    ++report->failed;
    report->errors.push_back(warmed.status());
  } else if (warmed->compiled) {
    ++report->compiled;
    report->compile_ms.push_back(warmed->compile_ms);
  } else {
    ++report->hit_disk;
  }
}

}  // namespace

Result<PrewarmReport> Library::prewarm(const PrewarmRequest& request,
                                       const PrewarmProgress& progress) const {
  const auto start = std::chrono::steady_clock::now();
  if (!state_->home().is_here()) return state_->home().refusal();
  const ScopedRange range(state_->options().ranges, "jitgemm prewarm");
  if (Status status = validate(request); !status.ok()) return status;
  if (!state_->cache_status().ok()) return state_->cache_status();
  Result<plan::DeviceModel> device = plan::device_by_name(request.gpu);
  if (!device.ok()) return device.status();
  if (auto compiler = state_->compiler(); !compiler.ok()) return compiler.status();

  const std::vector<GemmDesc> shapes = distinct(request.shapes);
  const std::vector<plan::KernelConfig> kernels = kernels_of(shapes, request, *device, *state_);
  const auto total = static_cast<int64_t>(kernels.size());

  PrewarmReport report;
  report.shapes = static_cast<int64_t>(shapes.size());
  report.kernels = total;
  int64_t done = 0;
  share_work(
      request.jobs, kernels.size(), [] { return true; },
      [&](size_t i) { return state_->registry().warm(kernels[i]); },
      [&](size_t i, const Result<Registry::Warmed>& warmed) {
        record(warmed, &report);
        ++done;
        if (progress) progress(done, total, kernels[i].name());
      });
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace jitgemm
