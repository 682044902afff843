// Library::prewarm: compiles every kernel that a list of shapes needs into the cache, on several
// threads. Needs no GPU.
#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "src/api/prewarm_kernels.h"
#include "src/base/distinct_shapes.h"
#include "src/base/shared_work.h"
#include "src/plan/desc.h"
#include "src/runtime/library_state.h"
#include "src/runtime/scoped_range.h"

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

// Reading an entry verifies it, so only an entry that was compiled here is read back.
Result<Registry::Warmed> warm(const plan::KernelConfig& kernel, bool verify, Registry& registry) {
  const Result<Registry::Warmed> warmed = registry.warm(kernel);
  if (!verify || !warmed.ok() || !warmed->compiled) return warmed;
  if (Status status = registry.verify(kernel); !status.ok()) return status;
  return warmed;
}

}  // namespace

Result<PrewarmReport> Library::prewarm(const PrewarmRequest& given,
                                       const PrewarmProgress& progress) const {
  const auto start = std::chrono::steady_clock::now();
  if (!state_->home().is_here()) return state_->home().refusal();
  const ScopedRange range(state_->options().ranges, "jitgemm prewarm");
  if (Status status = validate(given); !status.ok()) return status;
  if (!state_->cache_status().ok()) return state_->cache_status();
  Result<plan::DeviceModel> device = plan::device_by_name(given.gpu);
  if (!device.ok()) return device.status();
  if (auto compiler = state_->compiler(); !compiler.ok() && !given.verify) return compiler.status();

  PrewarmRequest request = given;
  request.shapes = distinct(given.shapes);
  const Result<std::vector<plan::KernelConfig>> wanted = kernels_of(request, *device, *state_);
  if (!wanted.ok()) return wanted.status();
  const std::vector<plan::KernelConfig>& kernels = *wanted;
  const auto total = static_cast<int64_t>(kernels.size());

  PrewarmReport report;
  report.shapes = static_cast<int64_t>(request.shapes.size());
  report.kernels = total;
  for (const plan::KernelConfig& kernel : kernels) report.needed.push_back(id_of(kernel));
  int64_t done = 0;
  const Status stopped = share_work(
      request.jobs, kernels.size(), [] { return Status(); },
      [&](size_t i) { return warm(kernels[i], request.verify, state_->registry()); },
      [&](size_t i, const Result<Registry::Warmed>& warmed) {
        record(warmed, &report);
        ++done;
        if (progress) progress(done, total, kernels[i].name());
      });
  if (!stopped.ok()) return callback_threw(stopped);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace jitgemm
