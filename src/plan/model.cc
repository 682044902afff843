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

// How a kernel lies on the device.
struct Geometry {
  double token_tiles, tiles, blocks;
  int steps, stages;  // of all K; of the longest slice of it
  double slice;       // of a row, bytes
  double rows;        // of activations, that a block loads
  int resident;       // blocks that an SM has room for
  double per_sm;      // blocks of the busiest SM,
  double at_once;     // of these, side by side
  bool all_at_once;   // no stage is filled twice
  bool one_wave;      // of tokens
};

Geometry geometry_of(const KernelConfig& c, int64_t m, const DeviceModel& device) {
  Geometry g;
  g.token_tiles = std::ceil(static_cast<double>(m) / c.tile_m);
  g.tiles = ceil_div(c.n, c.tile_n) * g.token_tiles;
  g.blocks = g.tiles * c.split;
  g.steps = ceil_div(ceil_div(c.k, kBlockK), c.k_blocks);
  g.stages = ceil_div(g.steps, c.split);
  g.slice = g.stages * c.k_blocks * kBlockK;
  g.rows = std::min<double>(c.tile_m, m);
  g.resident = residency(c, device);
  // Clusters that do not fit side by side share SMs, though others idle. Of the large ones the last
  // that should fit has been seen to wait.
  const int side_by_side = std::max(1, device.max_clusters(c.split, 1) - (c.split > 4 ? 1 : 0));
  g.per_sm = std::ceil(g.tiles / side_by_side);
  g.at_once = std::min<double>(g.resident, g.per_sm);
  g.all_at_once = c.stages >= g.stages;
  g.one_wave = m <= kWaveRows;
  return g;
}

// Beyond one wave of tokens what PDL saves is the same for all kernels.
const ChainCosts& costs_of(Chain chain, const Geometry& g) {
  return chain == Chain::kPdl && g.one_wave ? kPdlCosts : kPlainCosts;
}

// With tokens on wgmma's M side, a tile costs what one of other size with tokens on the N side
// would. Two waves share the tensor cores, but each reduces by itself.
double promoted_tokens(const KernelConfig& c) {
  return !tokens_on_m(c.tile_m) ? c.tile_m : c.tile_m == kWaveRows ? 36 : 132;
}
double reduced_tokens(const KernelConfig& c) { return tokens_on_m(c.tile_m) ? 48 : c.tile_m; }

// The weights' way through the memory, the L2 and the busiest SM, whichever takes longest.
double stream_us(const KernelConfig& c, const Geometry& g, const DeviceModel& device,
                 const ChainCosts& costs) {
  const double weight = static_cast<double>(c.n) * c.k;
  const double in_flight = std::min<double>(g.blocks, device.sms * g.at_once) * c.stages *
                           c.k_blocks * c.tile_n * kBlockK;
  const double full = bytes_per_us(device.read_tb_per_s);
  const double bandwidth = g.all_at_once ? full : std::min(full, in_flight / kLatencyUs);
  // Alone on its SM, a block with one k-block a stage waits for each, one with three stages for the
  // last that it has handed back.
  const bool waits_for_itself =
      !g.all_at_once && g.at_once == 1 && (c.k_blocks == 1 || c.stages < 4);
  const double ingest_rate = waits_for_itself ? kLoneIngestBytesPerClock : kIngestBytesPerClock;
  const double stream_clocks = g.per_sm * g.slice * c.tile_n / costs.stream_bytes_per_clock;
  const double ingest_clocks = g.per_sm * g.slice * (c.tile_n + g.rows) / ingest_rate;
  return std::max({weight / bandwidth, (weight * g.token_tiles) / kL2BytesPerUs,
                   clocks_us(std::max(stream_clocks, ingest_clocks), device)});
}

// What shows beside the stream: reads of activations, promotion, D.
double exposed_us(const KernelConfig& c, const Geometry& g, int64_t m) {
  const double activations = g.blocks * g.rows * g.slice;
  const double exposed_reads = g.token_tiles == 1 ? kExposedReads
                               : g.one_wave       ? kMoreExposedReads
                                                  : kLeastExposedReads;
  return exposed_reads * activations / kL2BytesPerUs +
         (g.one_wave ? 0.15 : 0.05) * g.token_tiles * promoted_tokens(c) / 64 +
         2.0 * m * c.n / kWriteBytesPerUs;
}

// Blocks that start when others end.
double rounds_us(const Geometry& g, const DeviceModel& device) {
  const double rounds = std::ceil(g.blocks / (device.sms * g.resident));
  return (rounds - 1) * (g.one_wave ? kSecondRoundUs : kLargeRoundUs);
}

// What a reduction over the cluster adds: a fixed part and one per sum.
double reduction_us(const KernelConfig& c) {
  if (c.split == 1) return 0;
  const double fixed = c.split <= 2 ? 0.05 : c.split <= 4 ? 0.15 : 0.30;
  const double sums = reduced_tokens(c) * c.tile_n / (64.0 * 64);
  return fixed + (c.split <= 2 ? 0.5 : c.split <= 4 ? 1.0 : 1.5) * sums;
}

// What stages cost an SM: their handling, what is left to multiply when the last one has landed,
// the wait for the copy engine where the threads fetch little, and what lies beyond K.
double stages_us(const KernelConfig& c, const Geometry& g, const ChainCosts& costs) {
  const double early = g.at_once * c.k_blocks * c.tile_n * kBlockK;
  const int outside = g.steps * c.k_blocks - ceil_div(c.k, kBlockK);
  return costs.stage_us * g.stages / g.at_once +
         (0.01 + 0.05 * promoted_tokens(c) / 64) * c.k_blocks * g.at_once +
         kLateStartUs * std::max(0.0, 1 - early / kEarlyBytes) + kOutsideUs * outside;
}

double second_warpgroup_us(const KernelConfig& c) {
  return 0.6 * (c.tile_n / kWaveRows - 1) * ceil_div(c.tile_m, kWaveRows);
}

double swapped_us(const KernelConfig& c, int64_t m, const DeviceModel& device, Chain chain) {
  const Geometry g = geometry_of(c, m, device);
  const ChainCosts& costs = costs_of(chain, g);
  return costs.launch_us + stream_us(c, g, device, costs) + rounds_us(g, device) +
         exposed_us(c, g, m) + reduction_us(c) + stages_us(c, g, costs) + second_warpgroup_us(c);
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
