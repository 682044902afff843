#include "src/plan/model.h"

#include <algorithm>
#include <cmath>

#include "kernels/layout.h"
#include "src/plan/residency.h"

namespace jitgemm::plan {
namespace {

// Measured on an H200 (kernels/NOTES.md): microseconds, bytes, clocks.

// What depends on the chain. With PDL a launch begins beside its predecessor, so that its start is
// hidden, but what stages cost is not any more; and its blocks stand where the predecessor left
// room, not spread over the SMs.
struct ChainCosts {
  double launch_us;               // a kernel whose first bytes are asked for at once
  double stage_us;                // its handling, on an SM with one block
  double stream_bytes_per_clock;  // of one SM, of what it reads alone
};
constexpr ChainCosts kPlainCosts = {1.6, 0.01, 33}, kPdlCosts = {0.25, 0.05, 28.4};

constexpr double kLatencyUs =
    1.25;  // of a loaded memory system: bytes in flight / this = bandwidth
constexpr double kL2BytesPerUs = 8.6e6;  // reads that hit
constexpr double kWriteBytesPerUs = 4.3e6;
constexpr double kIngestBytesPerClock = 57;      // of one SM, of tiles that its neighbours read too
constexpr double kLoneIngestBytesPerClock = 43;  // when its only block waits for its own ring
constexpr double kFlopPerClock = 8192;           // e4m3 multiply-adds x 2 of one SM
constexpr double kSecondRoundUs = 1.7;           // blocks that start when others end
constexpr double kLargeRoundUs = 3.0;            // with more than one wave of tokens
// Share of the activations' L2 reads that shows beside the weights'; of weights that are read
// twice; of weights that are read by several waves of tokens in the swapped form.
constexpr double kExposedReads = 0.3, kMoreExposedReads = 0.4, kLeastExposedReads = 0.1;
constexpr double kOutsideUs = 0.2;       // a k-block of the last stage that lies beyond K
constexpr double kEarlyBytes = 16384;    // of an SM, on their way before the copy engine's first
constexpr double kLateStartUs = 0.6;     // when there are none
constexpr double kPoorOverlap = 0.2;     // of the shorter of compute and memory
constexpr double kNormalFixedUs = 1.33;  // a late start, all registers, the last tile's way out

double bytes_per_us(double tb_per_s) { return tb_per_s * 1e6; }

double clocks_us(double clocks, const DeviceModel& device) {
  return clocks / (device.clock_ghz * 1e3);
}

// ---- swapped ----

// Beyond one wave of tokens what PDL saves is the same for all kernels.
const ChainCosts& costs_of(Chain chain, int64_t m) {
  return chain == Chain::kPdl && m <= kWaveRows ? kPdlCosts : kPlainCosts;
}

// With tokens on wgmma's M side, a tile costs what one of other size with tokens on the N side
// would. Two waves share the tensor cores, but each reduces by itself.
double promoted_tokens(const KernelConfig& c) {
  return !tokens_on_m(c.tile_m) ? c.tile_m : c.tile_m == kWaveRows ? 36 : 132;
}
double reduced_tokens(const KernelConfig& c) { return tokens_on_m(c.tile_m) ? 48 : c.tile_m; }

// What a reduction over the cluster adds: a fixed part and one per sum.
double reduction_us(const KernelConfig& c) {
  if (c.split == 1) return 0;
  const double fixed = c.split <= 2 ? 0.05 : c.split <= 4 ? 0.15 : 0.30;
  const double sums = reduced_tokens(c) * c.tile_n / (64.0 * 64);
  return fixed + (c.split <= 2 ? 0.5 : c.split <= 4 ? 1.0 : 1.5) * sums;
}

// What stages cost an SM with so many blocks at once: their handling, what is left to multiply when
// the last one has landed, and the wait for the copy engine where the threads fetch little.
double stages_us(const KernelConfig& c, int stages, double blocks, const ChainCosts& costs) {
  const double early = blocks * c.k_blocks * c.tile_n * kBlockK;
  return costs.stage_us * stages / blocks +
         (0.01 + 0.05 * promoted_tokens(c) / 64) * c.k_blocks * blocks +
         kLateStartUs * std::max(0.0, 1 - early / kEarlyBytes);
}

double swapped_us(const KernelConfig& c, int64_t m, const DeviceModel& device, Chain chain) {
  const ChainCosts& costs = costs_of(chain, m);
  const double token_tiles = std::ceil(static_cast<double>(m) / c.tile_m);
  const double tiles = ceil_div(c.n, c.tile_n) * token_tiles;
  const double blocks = tiles * c.split;
  const int steps = ceil_div(ceil_div(c.k, kBlockK), c.k_blocks);
  const int stages = ceil_div(steps, c.split);  // of the longest block
  const double slice = stages * c.k_blocks * kBlockK;
  const double weight = static_cast<double>(c.n) * c.k;
  const double rows = std::min<double>(c.tile_m, m);  // of activations, that a block loads
  const double activations = blocks * rows * slice;

  const int resident = residency(c, device);
  // Clusters that do not fit side by side share SMs, though others idle. Of the large ones the last
  // that should fit has been seen to wait.
  const int side_by_side = std::max(1, device.max_clusters(c.split, 1) - (c.split > 4 ? 1 : 0));
  const double per_sm = std::ceil(tiles / side_by_side);
  const double at_once = std::min<double>(resident, per_sm);  // of an SM's blocks
  const double in_flight =
      std::min<double>(blocks, device.sms * at_once) * c.stages * c.k_blocks * c.tile_n * kBlockK;
  const bool all_at_once = c.stages >= stages;  // no stage is filled twice
  const double full = bytes_per_us(device.read_tb_per_s);
  const double bandwidth = all_at_once ? full : std::min(full, in_flight / kLatencyUs);

  // Of the busiest SM. Alone on it, a block with one k-block a stage waits for each, one with three
  // stages for the last that it has handed back.
  const double stream_clocks = per_sm * slice * c.tile_n / costs.stream_bytes_per_clock;
  const bool waits_for_itself = !all_at_once && at_once == 1 && (c.k_blocks == 1 || c.stages < 4);
  const double ingest_rate = waits_for_itself ? kLoneIngestBytesPerClock : kIngestBytesPerClock;
  const double ingest_clocks = per_sm * slice * (c.tile_n + rows) / ingest_rate;
  const double stream = std::max({weight / bandwidth, (weight * token_tiles) / kL2BytesPerUs,
                                  clocks_us(std::max(stream_clocks, ingest_clocks), device)});
  const double rounds = std::ceil(blocks / (device.sms * resident));
  const bool one_wave = m <= kWaveRows;
  const double round = one_wave ? kSecondRoundUs : kLargeRoundUs;
  const double exposed_reads = token_tiles == 1 ? kExposedReads
                               : one_wave       ? kMoreExposedReads
                                                : kLeastExposedReads;
  const double exposed = exposed_reads * activations / kL2BytesPerUs +
                         (one_wave ? 0.15 : 0.05) * token_tiles * promoted_tokens(c) / 64 +
                         2.0 * m * c.n / kWriteBytesPerUs;
  const double outside = kOutsideUs * (steps * c.k_blocks - ceil_div(c.k, kBlockK));
  const double second_warpgroup = 0.6 * (c.tile_n / kWaveRows - 1) * ceil_div(c.tile_m, kWaveRows);
  return costs.launch_us + stream + (rounds - 1) * round + exposed + reduction_us(c) +
         stages_us(c, stages, at_once, costs) + outside + second_warpgroup;
}

// ---- normal ----

// Share of the tensor cores' time that is left when promotion has its part: more waves or
// warpgroups hide more of it, a tile that meets several B scales selects among them.
double tensor_share(const KernelConfig& c) {
  const bool one_b_scale = b_scale_rows(c.tile_n) == 1;
  if (c.tile_m == 256) return one_b_scale ? 0.92 : 0.80;
  if (c.tile_m < 128) return 0.55;
  if (c.tile_n == 192) return 0.93;
  if (c.tile_n == 112) return 0.70;
  return one_b_scale ? 0.84 : 0.81;
}

double normal_us(const KernelConfig& c, int64_t m, const DeviceModel& device) {
  const double tiles = std::ceil(static_cast<double>(m) / c.tile_m) * ceil_div(c.n, c.tile_n);
  const double waves = std::ceil(tiles / device.sms);
  const double k_blocks = ceil_div(c.k, kBlockK);
  const double multiply = 2.0 * c.tile_m * c.tile_n * kBlockK / kFlopPerClock / tensor_share(c);
  const double load = (c.tile_m + c.tile_n) * kBlockK / kIngestBytesPerClock;
  const double epilogue = 500 + c.tile_m * c.tile_n / 16.0;
  const double compute =
      waves * (k_blocks * std::max(multiply, load) + epilogue) / (device.clock_ghz * 1e3);
  const double bytes = static_cast<double>(m) * c.k + static_cast<double>(c.n) * c.k;
  const double memory = bytes / bytes_per_us(device.read_tb_per_s) +
                        kMoreExposedReads * tiles * c.tile_m * c.k / kL2BytesPerUs +
                        2.0 * m * c.n / kWriteBytesPerUs;
  return kPlainCosts.launch_us + kNormalFixedUs + std::max(compute, memory) +
         kPoorOverlap * std::min(compute, memory);
}

}  // namespace

double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device, Chain chain) {
  return config.form == Form::kSwapped ? swapped_us(config, m, device, chain)
                                       : normal_us(config, m, device);
}

}  // namespace jitgemm::plan
