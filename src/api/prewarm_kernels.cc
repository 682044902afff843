#include "src/api/prewarm_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/plan/config_name.h"
#include "src/plan/generic.h"
#include "src/plan/plan.h"

namespace jitgemm {
namespace {

using Kernels = std::vector<plan::KernelConfig>;

void add_once(const plan::KernelConfig& config, Kernels* kernels) {
  if (std::find(kernels->begin(), kernels->end(), config) == kernels->end())
    kernels->push_back(config);
}

// The kernels that a shape needs, launched with PDL or without, each once.
Kernels for_all_chains(const GemmDesc& desc, const PrewarmRequest& request,
                       const plan::DeviceModel& device, const LibraryState& library) {
  Kernels kernels;
  for (plan::Chain chain : plan::kChains)
    for (const plan::KernelConfig& config :
         plan::kernels_for(desc, request.m_max, device, library.rules(chain)))
      add_once(config, &kernels);
  return kernels;
}

Status check_key(const KernelId& wanted, const plan::KernelConfig& config) {
  const KernelId here = id_of(config);
  if (wanted.key_digest.empty() || wanted.key_digest == here.key_digest) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("kernel {} has the key {} in this version of the library, not {}", here.name,
                      here.key_digest, wanted.key_digest)};
}

Kernels of_shard(const Kernels& kernels, const PrewarmRequest& request) {
  Kernels part;
  for (size_t i = 0; i < kernels.size(); ++i)
    if (static_cast<int>(i % request.shards) == request.shard - 1) part.push_back(kernels[i]);
  return part;
}

}  // namespace

Result<Kernels> kernels_of(const PrewarmRequest& request, const plan::DeviceModel& device,
                           const LibraryState& library) {
  Kernels kernels;
  for (const GemmDesc& desc : request.shapes)
    for (const plan::Range& range : plan::generic_ranges(library.options().form, desc.bias))
      add_once(range.config, &kernels);
  for (const GemmDesc& desc : request.shapes)
    for (const plan::KernelConfig& config : for_all_chains(desc, request, device, library))
      kernels.push_back(config);
  for (const KernelId& wanted : request.kernels) {
    const Result<plan::KernelConfig> config = plan::kernel_named(wanted.name);
    if (!config.ok()) return config.status();
    if (Status status = check_key(wanted, *config); !status.ok()) return status;
    add_once(*config, &kernels);
  }
  return of_shard(kernels, request);
}

KernelId id_of(const plan::KernelConfig& config) {
  return {config.name(), codegen::make_key(codegen::generate(config)).what_digest};
}

}  // namespace jitgemm
