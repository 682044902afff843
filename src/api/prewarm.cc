// Library::prewarm: compiles every kernel that a list of shapes needs into the cache, on several
// threads. Needs no GPU.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "src/base/distinct_shapes.h"
#include "src/base/shared_work.h"
#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/plan/desc.h"
#include "src/plan/generic.h"
#include "src/plan/kernel.h"
#include "src/plan/plan.h"
#include "src/plan/quantizer.h"
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
  for (const QuantizeDesc& desc : request.quantizers)
    if (Status status = plan::validate(desc); !status.ok()) return status;
  return {};
}

using Kernels = std::vector<plan::Kernel>;

void add_once(const plan::Kernel& kernel, Kernels* kernels) {
  if (std::ranges::find(*kernels, kernel) == kernels->end()) kernels->push_back(kernel);
}

KernelId id_of(const plan::Kernel& kernel) {
  return {plan::name_of(kernel), codegen::make_key(codegen::generate(kernel)).what_digest};
}

Status check_key(const KernelId& wanted, const plan::Kernel& kernel) {
  const KernelId here = id_of(kernel);
  if (wanted.key_digest.empty() || wanted.key_digest == here.key_digest) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("kernel {} has the key {} in this version of the library, not {}", here.name,
                      here.key_digest, wanted.key_digest)};
}

Kernels of_shard(const Kernels& kernels, const PrewarmRequest& request) {
  Kernels part;
  for (size_t i = request.shard - 1; i < kernels.size(); i += request.shards)
    part.push_back(kernels[i]);
  return part;
}

// The kernels of the request's shard, each once: the generic kernels if there are shapes, those
// that each shape needs, the quantisers, and those that the request names. The shapes are valid and
// distinct. Errors: kInvalidArgument: a name is not a kernel's, or the kernel has another key here.
Result<Kernels> kernels_of(const PrewarmRequest& request, const plan::DeviceModel& device,
                           const LibraryState& library) {
  Kernels kernels;
  for (const GemmDesc& desc : request.shapes)
    for (const plan::Range& range : plan::generic_ranges(library.options().form, desc.bias))
      add_once(range.config, &kernels);
  for (const GemmDesc& desc : request.shapes)
    for (plan::Chain chain : plan::kChains)
      for (const plan::KernelConfig& config :
           plan::kernels_for(desc, request.m_max, device, library.rules(chain)))
        add_once(config, &kernels);
  for (const QuantizeDesc& desc : request.quantizers) add_once(desc, &kernels);
  for (const KernelId& wanted : request.kernels) {
    const Result<plan::Kernel> kernel = plan::any_kernel_named(wanted.name);
    if (!kernel.ok()) return kernel.status();
    if (Status status = check_key(wanted, *kernel); !status.ok()) return status;
    add_once(*kernel, &kernels);
  }
  return of_shard(kernels, request);
}

void record(const Result<Cubin>& warmed, PrewarmReport* report) {
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
Result<Cubin> warm(const plan::Kernel& kernel, bool verify, Registry& registry) {
  const Result<Cubin> warmed = registry.warm(kernel);
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
  const Result<Kernels> wanted = kernels_of(request, *device, *state_);
  if (!wanted.ok()) return wanted.status();
  const Kernels& kernels = *wanted;
  const auto total = static_cast<int64_t>(kernels.size());

  PrewarmReport report;
  report.shapes = static_cast<int64_t>(request.shapes.size());
  report.kernels = total;
  for (const plan::Kernel& kernel : kernels) report.needed.push_back(id_of(kernel));
  int64_t done = 0;
  const Status stopped = share_work(
      request.jobs, kernels.size(), [] { return Status(); },
      [&](size_t i) { return warm(kernels[i], request.verify, state_->registry()); },
      [&](size_t i, const Result<Cubin>& warmed) {
        record(warmed, &report);
        ++done;
        if (progress) progress(done, total, report.needed[i].name);
      });
  if (!stopped.ok()) return stopped;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace jitgemm
