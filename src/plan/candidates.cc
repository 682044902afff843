#include "src/plan/candidates.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "kernels/layout.h"
#include "src/plan/normal_tiles.h"
#include "src/plan/residency.h"

namespace jitgemm::plan {
namespace {

// Limits of the swapped form.
constexpr int kTokenTile = 64, kLargeTokenTile = 128;
constexpr int kMaxBlocksPerSm = 4;  // the registers of an SM allow no more
constexpr int kMaxSplit = 8;        // blocks of a portable cluster
constexpr int kOutputTiles[] = {64, 128};
constexpr int kKBlocks[] = {1, 2, 4};  // k-blocks of a stage

int steps_of(const KernelConfig& c) { return ceil_div(ceil_div(c.k, kBlockK), c.k_blocks); }

int shared_budget(const DeviceModel& device, int blocks_per_sm) {
  return std::min(device.shared_bytes_per_block,
                  device.shared_bytes_per_sm / blocks_per_sm - device.system_bytes_per_block);
}

// The deepest ring of at most `most` stages that leaves room for blocks_per_sm blocks.
int stages_that_fit(KernelConfig config, int most, const DeviceModel& device) {
  config.stages = std::min(most, kMaxStages);
  while (config.stages > 0 && config.shared_bytes() > shared_budget(device, config.blocks_per_sm))
    --config.stages;
  return config.stages;
}

// For the tile of `c`: every partition of K and every number of blocks an SM.
void add_rings(KernelConfig c, const DeviceModel& device, std::vector<KernelConfig>* configs) {
  for (c.split = 1; c.split <= kMaxSplit; ++c.split)
    for (int k_blocks : kKBlocks) {
      c.k_blocks = k_blocks;
      int stages = -1;  // of the config with one block an SM less
      for (c.blocks_per_sm = 1; c.blocks_per_sm <= kMaxBlocksPerSm; ++c.blocks_per_sm) {
        c.stages = stages_that_fit(c, ceil_div(steps_of(c), c.split), device);
        if (c.stages != stages) configs->push_back(c);  // else the same kernel
        stages = c.stages;
      }
    }
}

// Up to 32 tokens take one tile; 17 to 24 take the tile of 32, because a tile of 24 is at best 2 %
// faster and often slower (kernels/notes/022). 33 to 64 tokens may also take two tiles, which have
// less to compute after the last byte, or one of 64, whose tokens are on wgmma's M side
// (kernels/notes/014). More tokens take tiles of 64 or 128.
std::vector<int> token_tiles(int64_t m) {
  if (m > kTokenTile) return {kTokenTile, kLargeTokenTile};
  const int whole = round_up(static_cast<int>(m), 8);
  if (whole <= kTokenTile / 2) return {whole == 24 ? 32 : whole};
  std::vector<int> tiles = {whole, round_up(whole / 2, 8)};
  if (whole < kTokenTile) tiles.push_back(kTokenTile);
  return tiles;
}

int warpgroups_of(const KernelConfig& swapped) {
  return swapped_layout(swapped.tile_m, swapped.tile_n, 1, 1, 1, false).warpgroups();
}

std::vector<KernelConfig> swapped(const GemmDesc& desc, int64_t m, const DeviceModel& device) {
  std::vector<KernelConfig> configs;
  KernelConfig c;
  c.form = Form::kSwapped;
  c.n = static_cast<int>(desc.n);
  c.k = static_cast<int>(desc.k);
  c.bias = desc.bias;
  for (int tile_m : token_tiles(m))
    for (int tile_n : kOutputTiles) {
      c.tile_m = tile_m;
      c.tile_n = tile_n;
      c.warpgroups = warpgroups_of(c);
      add_rings(c, device, &configs);
    }
  return configs;
}

// A normal block that sums several slices holds a total, a sum and the accumulators in registers.
bool has_registers_for_totals(const KernelConfig& c) {
  return c.tile_m == c.warpgroups * kWaveRows && c.warpgroups <= 2 && c.tile_n <= 128;
}

std::vector<KernelConfig> normal(const GemmDesc& desc, const DeviceModel& device,
                                 const Partition& partition) {
  constexpr int kDeepEnough = 8;  // stages
  std::vector<KernelConfig> configs;
  for (const NormalTile& shape : kNormalTiles) {
    KernelConfig c;
    c.form = Form::kNormal;
    c.n = static_cast<int>(desc.n);
    c.k = static_cast<int>(desc.k);
    c.bias = desc.bias;
    c.tile_m = shape.tile_m;
    c.tile_n = shape.tile_n;
    c.warpgroups = shape.warpgroups;
    c.split = partition.split;
    c.k_blocks = partition.k_blocks;
    c.stages = stages_that_fit(c, kDeepEnough, device);
    if (c.split == 1 || has_registers_for_totals(c)) configs.push_back(c);
  }
  return configs;
}

template <size_t kSize>
bool is_one_of(int value, const int (&accepted)[kSize]) {
  return std::find(std::begin(accepted), std::end(accepted), value) != std::end(accepted);
}

bool is_swapped_tile(const KernelConfig& c) {
  const bool is_token_tile =
      c.tile_m == kLargeTokenTile || (c.tile_m >= 8 && c.tile_m <= kTokenTile && c.tile_m % 8 == 0);
  return is_token_tile && is_one_of(c.tile_n, kOutputTiles) && c.warpgroups == warpgroups_of(c);
}

bool is_normal_tile(const KernelConfig& c) {
  const bool sums_fit = c.split == 1 ? c.k_blocks == 1 : has_registers_for_totals(c);
  return sums_fit && c.blocks_per_sm == 1 && !c.fill_ring &&
         std::any_of(std::begin(kNormalTiles), std::end(kNormalTiles), [&](const NormalTile& t) {
           return c.tile_m == t.tile_m && c.tile_n == t.tile_n && c.warpgroups == t.warpgroups;
         });
}

std::string reject_swapped(const KernelConfig& c, int64_t m, const DeviceModel& device) {
  const int steps = steps_of(c), slice = ceil_div(steps, c.split);
  if (c.split > steps)
    return fmt::format("{} slices of K, which has only {} steps", c.split, steps);
  if (c.stages < std::min(slice, 3))
    return fmt::format("{} stages fit {} blocks an SM; a slice of {} steps needs {}", c.stages,
                       c.blocks_per_sm, slice, std::min(slice, 3));
  const int64_t token_tiles = (m + c.tile_m - 1) / c.tile_m;
  const int64_t clusters = ceil_div(c.n, c.tile_n) * token_tiles;
  const int at_once = device.max_clusters(c.split, residency(c, device));
  if (c.split > 1 && clusters > at_once)
    return fmt::format("{} clusters of {} blocks; {} run at once", clusters, c.split, at_once);
  if (token_tiles > kMaxTokenTiles)
    return fmt::format("m = {} has more than {} token tiles of {}", m, kMaxTokenTiles, c.tile_m);
  return {};
}

std::string reject_normal(const KernelConfig& c) {
  if (c.stages < 3) return fmt::format("{} stages fit; the normal form needs 3", c.stages);
  return {};
}

}  // namespace

std::vector<KernelConfig> enumerate(const GemmDesc& desc, int64_t m, Form form,
                                    const DeviceModel& device,
                                    const std::optional<Partition>& pinned) {
  if (form == Form::kNormal) return normal(desc, device, pinned.value_or(Partition()));
  std::vector<KernelConfig> configs = swapped(desc, m, device);
  if (pinned)
    std::erase_if(configs, [&](const KernelConfig& c) { return partition_of(c) != *pinned; });
  return configs;
}

std::string defect_of(const KernelConfig& c) {
  const bool is_partition = c.split >= 1 && c.split <= kMaxSplit && is_one_of(c.k_blocks, kKBlocks);
  if (!is_partition || !(c.form == Form::kSwapped ? is_swapped_tile(c) : is_normal_tile(c)))
    return "the tile, the split or the number of k-blocks is not one of those that are built";
  if (c.stages < 1 || c.stages > kMaxStages)
    return fmt::format("{} stages are outside 1..{}", c.stages, kMaxStages);
  if (c.blocks_per_sm < 1 || c.blocks_per_sm > kMaxBlocksPerSm)
    return fmt::format("{} blocks an SM are outside 1..{}", c.blocks_per_sm, kMaxBlocksPerSm);
  return {};
}

std::string reject(const KernelConfig& config, int64_t m, const DeviceModel& device) {
  if (config.shared_bytes() > shared_budget(device, config.blocks_per_sm))
    return fmt::format("{} bytes of shared memory are too many for {} blocks an SM",
                       config.shared_bytes(), config.blocks_per_sm);
  return config.form == Form::kSwapped ? reject_swapped(config, m, device) : reject_normal(config);
}

}  // namespace jitgemm::plan
