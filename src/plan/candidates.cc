#include "src/plan/candidates.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "kernels/layout.h"
#include "src/plan/residency.h"

namespace jitgemm::plan {
namespace {

// Of the swapped form.
constexpr int kTokenTile = 64, kLargeTokenTile = 128;
constexpr int kMaxBlocksPerSm = 4;  // registers allow no more
constexpr int kMaxSplit = 8;        // blocks of a portable cluster
constexpr int kOutputTiles[] = {64, 128};
constexpr int kKBlocks[] = {1, 2, 4};  // of a stage

struct NormalTile {
  int tile_m, tile_n, warpgroups;
};
// Tiles that ptxas compiles without a spill; 192 rows with three warpgroups only at 128 columns.
constexpr NormalTile kNormalTiles[] = {
    {64, 64, 1},   {64, 128, 1},  {128, 64, 2},  {128, 96, 2},  {128, 112, 2},
    {128, 128, 2}, {128, 144, 2}, {128, 160, 2}, {128, 176, 2}, {128, 192, 2},
    {192, 128, 3}, {256, 96, 2},  {256, 112, 2}, {256, 128, 2}, {256, 144, 2},
};

int steps_of(const KernelConfig& c) { return ceil_div(ceil_div(c.k, kBlockK), c.k_blocks); }

int shared_budget(const DeviceModel& device, int blocks_per_sm) {
  return std::min(device.shared_bytes_per_block,
                  device.shared_bytes_per_sm / blocks_per_sm - device.system_bytes_per_block);
}

// The deepest ring that leaves room for blocks_per_sm blocks, and is not deeper than there is work.
int stages_that_fit(KernelConfig config, int most, const DeviceModel& device) {
  config.stages = std::min(most, kMaxStages);
  while (config.stages > 0 && config.shared_bytes() > shared_budget(device, config.blocks_per_sm))
    --config.stages;
  return config.stages;
}

// Every way to part K for the tile of `c`, and how many blocks an SM shall hold.
void add_rings(KernelConfig c, const DeviceModel& device, std::vector<KernelConfig>* configs) {
  for (c.split = 1; c.split <= kMaxSplit; ++c.split)
    for (int k_blocks : kKBlocks) {
      c.k_blocks = k_blocks;
      int stages = -1;  // with one block fewer an SM
      for (c.blocks_per_sm = 1; c.blocks_per_sm <= kMaxBlocksPerSm; ++c.blocks_per_sm) {
        c.stages = stages_that_fit(c, ceil_div(steps_of(c), c.split), device);
        if (c.stages != stages) configs->push_back(c);  // else it would be the same kernel
        stages = c.stages;
      }
    }
}

// All tokens in one tile; 24 of them in that of 32, than which one of 24 is hardly faster and
// sometimes slower (kernels/NOTES.md). Where they are many, two tiles have less to do after the
// last byte, and a tile of 64 has tokens on wgmma's M side (kernels/layout.h). Beyond that, tiles
// of 64 or of 128.
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
  for (int tile_m : token_tiles(m))
    for (int tile_n : kOutputTiles) {
      c.tile_m = tile_m;
      c.tile_n = tile_n;
      c.warpgroups = warpgroups_of(c);
      add_rings(c, device, &configs);
    }
  return configs;
}

// A block that sums several slices keeps a total beside the sum and the accumulators.
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
  if (c.split > steps) return fmt::format("split {} of only {} steps along K", c.split, steps);
  if (c.stages < std::min(slice, 3))
    return fmt::format("{} stages fit {} blocks an SM; a slice of {} steps needs {}", c.stages,
                       c.blocks_per_sm, slice, std::min(slice, 3));
  const int64_t clusters = ceil_div(c.n, c.tile_n) * ((m + c.tile_m - 1) / c.tile_m);
  const int at_once = device.max_clusters(c.split, residency(c, device));
  if (c.split > 1 && clusters > at_once)
    return fmt::format("{} clusters of {}; {} run at once", clusters, c.split, at_once);
  if ((m + c.tile_m - 1) / c.tile_m > kMaxTokenTiles)
    return fmt::format("m = {} has more than {} token tiles of {}", m, kMaxTokenTiles, c.tile_m);
  return {};
}

std::string reject_normal(const KernelConfig& c) {
  if (c.stages < 3) return fmt::format("{} stages fit; 3 are needed", c.stages);
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
    return "no such tile, split or number of k-blocks";
  if (c.stages < 1 || c.stages > kMaxStages)
    return fmt::format("{} stages are outside 1..{}", c.stages, kMaxStages);
  if (c.blocks_per_sm < 1 || c.blocks_per_sm > kMaxBlocksPerSm)
    return fmt::format("{} blocks an SM are outside 1..{}", c.blocks_per_sm, kMaxBlocksPerSm);
  return {};
}

std::string reject(const KernelConfig& config, int64_t m, const DeviceModel& device) {
  if (config.shared_bytes() > shared_budget(device, config.blocks_per_sm))
    return fmt::format("{} bytes of shared memory do not fit {} blocks an SM",
                       config.shared_bytes(), config.blocks_per_sm);
  return config.form == Form::kSwapped ? reject_swapped(config, m, device) : reject_normal(config);
}

}  // namespace jitgemm::plan
