#include "src/plan/partition.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "src/plan/candidates.h"
#include "src/plan/model.h"

namespace jitgemm::plan {
namespace {

constexpr int64_t kDecode[] = {8, 32, 64};  // tokens; plain chain, as both chains share a partition

double least_us(const std::vector<KernelConfig>& configs, const Partition& partition, int64_t m,
                const DeviceModel& device) {
  double least = std::numeric_limits<double>::infinity();
  for (const KernelConfig& config : configs)
    if (partition_of(config) == partition && reject(config, m, device).empty())
      least = std::min(least, predict_us(config, m, device, Chain::kPlain));
  return least;
}

std::vector<Partition> partitions_of(const std::vector<KernelConfig>& configs) {
  std::vector<Partition> all;
  for (const KernelConfig& config : configs)
    if (std::find(all.begin(), all.end(), partition_of(config)) == all.end())
      all.push_back(partition_of(config));
  return all;
}

}  // namespace

Partition partition_of(const KernelConfig& config) {
  return config.split == 1 ? Partition() : Partition{config.split, config.k_blocks};
}

Partition pinned_partition(const GemmDesc& desc, const DeviceModel& device) {
  std::vector<std::vector<KernelConfig>> configs;
  for (int64_t m : kDecode) configs.push_back(enumerate(desc, m, Form::kSwapped, device));
  Partition best;
  double least = std::numeric_limits<double>::infinity();
  for (const Partition& partition : partitions_of(configs[0])) {
    double us = 0;
    for (size_t i = 0; i < configs.size(); ++i)
      us += least_us(configs[i], partition, kDecode[i], device);
    if (us < least) {
      least = us;
      best = partition;
    }
  }
  return best;
}

}  // namespace jitgemm::plan
