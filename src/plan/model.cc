// Every constant of the model, with its value and its origin, is a row of kernels/notes/README.md;
// tests/plan/notes_test.cc compares the two.
#include "src/plan/model.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "kernels/layout.h"
#include "src/plan/normal_tiles.h"
#include "src/plan/residency.h"

namespace jitgemm::plan {
namespace {

// ---- units ----

constexpr double kBytesPerUsOfTbPerS = 1e6;
constexpr double kClocksPerUsOfGhz = 1e3;
constexpr double kOutputBytes = 2;  // bf16

// ---- both forms ----

constexpr double kL2BytesPerUs = 8.6e6;      // reads that hit the L2
constexpr double kWriteBytesPerUs = 4.3e6;   // writes of D
constexpr double kIngestBytesPerClock = 57;  // one SM, tiles that other SMs read too

// ---- swapped form ----

// What depends on the chain. With PDL the start of a launch is hidden behind its predecessor, but
// the cost of its stages is not; and its blocks run wherever the predecessor left room instead of
// being spread over the SMs.
struct ChainCosts {
  double launch_us;               // a launch whose first load is issued at once
  double stage_us;                // handling of one stage, on an SM with one block
  double stream_bytes_per_clock;  // one SM, data that no other SM reads
};
constexpr ChainCosts kPlainCosts = {1.6, 0.01, 33};
constexpr ChainCosts kPdlCosts = {0.25, 0.05, 28.4};

// Bytes in flight divided by this latency of a loaded memory system are the bandwidth.
constexpr double kLatencyUs = 1.25;

// A block that is alone on its SM and waits for its own ring: with one k-block a stage for each
// stage, with few stages for the last one that it released.
constexpr double kLoneIngestBytesPerClock = 43;
constexpr int kFewStages = 3;

// Of clusters of more than kUnreliableClusters blocks, kUnreliable fewer run at once than the
// driver says.
constexpr int kUnreliableClusters = 4;
constexpr int kUnreliable = 1;

// Blocks that start when others end, with one wave of tokens and with more.
constexpr double kRoundUs = 1.7;
constexpr double kLargeRoundUs = 3.0;

// The share of the activations' L2 reads that the weight stream does not hide: one token tile,
// several tiles in one wave of tokens, several waves.
constexpr double kExposedReads = 0.3;
constexpr double kTwiceExposedReads = 0.4;
constexpr double kLargeExposedReads = 0.1;

// Promotion of 64 tokens, with one wave of tokens and with more.
constexpr double kPromotionUs = 0.15;
constexpr double kLargePromotionUs = 0.05;

// A tile with its tokens on wgmma's M side costs what a tile of these sizes with its tokens on the
// N side costs. Two waves share the tensor cores, but each reduces by itself.
constexpr double kPromotedTokens64 = 36;
constexpr double kPromotedTokens128 = 132;
constexpr double kReducedTokens = 48;

// A reduction over a cluster of up to `blocks`: a fixed part, and one for each 64 x 64 sums.
struct ReductionCosts {
  int blocks;
  double fixed_us, sums_us;
};
constexpr ReductionCosts kReductionCosts[] = {{2, 0.05, 0.5}, {4, 0.15, 1.0}, {8, 0.30, 1.5}};

// What is left to multiply when the last stage has landed: for each of its k-blocks, and for each
// of them and 64 tokens.
constexpr double kLastBlockUs = 0.01;
constexpr double kLastTokensUs = 0.05;

// The first TMA bytes arrive late. Loads by the threads hide that if they fetch kEarlyBytes an SM;
// if they fetch none, it costs kLateStartUs.
constexpr double kEarlyBytes = 16384;
constexpr double kLateStartUs = 0.6;

constexpr double kOutsideUs = 0.2;    // a k-block of the last stage that lies beyond K
constexpr double kWarpgroupUs = 0.6;  // each consumer warpgroup beyond the first of a token wave

// ---- normal form ----

constexpr double kNormalLaunchUs = 2.6;  // a launch, and the last store
constexpr double kTilesGhz = 1.755;      // clock of the GPU on which kNormalTiles was measured

double bytes_per_us(double tb_per_s) { return tb_per_s * kBytesPerUsOfTbPerS; }

double clocks_us(double clocks, const DeviceModel& device) {
  return clocks / (device.clock_ghz * kClocksPerUsOfGhz);
}

double store_us(const KernelConfig& c, int64_t m) {
  return kOutputBytes * m * c.n / kWriteBytesPerUs;
}

// ---- swapped form ----

// How a kernel's blocks are placed on the device.
struct Geometry {
  double token_tiles, tiles, blocks;
  int steps, stages;  // of the whole K; of the longest K slice
  double slice;       // K of the longest slice: bytes of a row
  double rows;        // activation rows that a block loads
  int resident;       // blocks that fit on an SM
  double per_sm;      // blocks that the busiest SM runs,
  double at_once;     // and how many of them at a time
  bool all_at_once;   // no stage is filled twice
  bool one_wave;      // all tokens fit one wgmma wave
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
  // Clusters that do not fit side by side share SMs although other SMs are idle.
  const int side_by_side =
      device.max_clusters(c.split, 1) - (c.split > kUnreliableClusters ? kUnreliable : 0);
  g.per_sm = std::ceil(g.tiles / std::max(1, side_by_side));
  g.at_once = std::min<double>(g.resident, g.per_sm);
  g.all_at_once = c.stages >= g.stages;
  g.one_wave = m <= kWaveRows;
  return g;
}

// With more than one wave of tokens PDL saves every kernel the same, so plain costs rank them.
const ChainCosts& costs_of(Chain chain, const Geometry& g) {
  return chain == Chain::kPdl && g.one_wave ? kPdlCosts : kPlainCosts;
}

double promoted_tokens(const KernelConfig& c) {
  if (!tokens_on_m(c.tile_m)) return c.tile_m;
  return c.tile_m == kWaveRows ? kPromotedTokens64 : kPromotedTokens128;
}
double reduced_tokens(const KernelConfig& c) {
  return tokens_on_m(c.tile_m) ? kReducedTokens : c.tile_m;
}

// The weight stream: through memory, the L2 or the busiest SM, whichever takes longest.
double stream_us(const KernelConfig& c, const Geometry& g, const DeviceModel& device,
                 const ChainCosts& costs) {
  const double weight = static_cast<double>(c.n) * c.k;
  const double in_flight = std::min<double>(g.blocks, device.sms * g.at_once) * c.stages *
                           c.k_blocks * c.tile_n * kBlockK;
  const double full = bytes_per_us(device.read_tb_per_s);
  const double bandwidth = g.all_at_once ? full : std::min(full, in_flight / kLatencyUs);
  const bool waits_for_itself =
      !g.all_at_once && g.at_once == 1 && (c.k_blocks == 1 || c.stages <= kFewStages);
  const double ingest_rate = waits_for_itself ? kLoneIngestBytesPerClock : kIngestBytesPerClock;
  const double stream_clocks = g.per_sm * g.slice * c.tile_n / costs.stream_bytes_per_clock;
  const double ingest_clocks = g.per_sm * g.slice * (c.tile_n + g.rows) / ingest_rate;
  return std::max({weight / bandwidth, (weight * g.token_tiles) / kL2BytesPerUs,
                   clocks_us(std::max(stream_clocks, ingest_clocks), device)});
}

// Time not hidden behind the weight stream: activation reads, promotion, writing D.
double exposed_us(const KernelConfig& c, const Geometry& g, int64_t m) {
  const double activations = g.blocks * g.rows * g.slice;
  const double exposed_reads = g.token_tiles == 1 ? kExposedReads
                               : g.one_wave       ? kTwiceExposedReads
                                                  : kLargeExposedReads;
  return exposed_reads * activations / kL2BytesPerUs +
         (g.one_wave ? kPromotionUs : kLargePromotionUs) * g.token_tiles * promoted_tokens(c) /
             kWaveRows +
         store_us(c, m);
}

double rounds_us(const Geometry& g, const DeviceModel& device) {
  const double rounds = std::ceil(g.blocks / (device.sms * g.resident));
  return (rounds - 1) * (g.one_wave ? kRoundUs : kLargeRoundUs);
}

double reduction_us(const KernelConfig& c) {
  if (c.split == 1) return 0;
  const auto* costs = std::begin(kReductionCosts);
  while (c.split > costs->blocks && costs + 1 != std::end(kReductionCosts)) ++costs;
  const double sums = reduced_tokens(c) * c.tile_n / (kWaveRows * kWaveRows);
  return costs->fixed_us + costs->sums_us * sums;
}

double stages_us(const KernelConfig& c, const Geometry& g, const ChainCosts& costs) {
  const double early = g.at_once * c.k_blocks * c.tile_n * kBlockK;
  const int outside = g.steps * c.k_blocks - ceil_div(c.k, kBlockK);
  return costs.stage_us * g.stages / g.at_once +
         (kLastBlockUs + kLastTokensUs * promoted_tokens(c) / kWaveRows) * c.k_blocks * g.at_once +
         kLateStartUs * std::max(0.0, 1 - early / kEarlyBytes) + kOutsideUs * outside;
}

double second_warpgroup_us(const KernelConfig& c) {
  return kWarpgroupUs * (c.tile_n / kWaveRows - 1) * ceil_div(c.tile_m, kWaveRows);
}

double swapped_us(const KernelConfig& c, int64_t m, const DeviceModel& device, Chain chain) {
  const Geometry g = geometry_of(c, m, device);
  const ChainCosts& costs = costs_of(chain, g);
  return costs.launch_us + stream_us(c, g, device, costs) + rounds_us(g, device) +
         exposed_us(c, g, m) + reduction_us(c) + stages_us(c, g, costs) + second_warpgroup_us(c);
}

// ---- normal form ----

// SMs work on tiles in rounds. A GEMM takes as long as its tiles or its bytes, whichever is longer.
double normal_us(const KernelConfig& c, int64_t m, const DeviceModel& device) {
  const auto* tile = std::find_if(
      std::begin(kNormalTiles), std::end(kNormalTiles),
      [&](const NormalTile& t) { return t.tile_m == c.tile_m && t.tile_n == c.tile_n; });
  const double tiles = std::ceil(static_cast<double>(m) / c.tile_m) * ceil_div(c.n, c.tile_n);
  const double round = tile->round_us + tile->k_block_us * ceil_div(c.k, kBlockK);
  const double compute = std::ceil(tiles / device.sms) * round * kTilesGhz / device.clock_ghz;
  const double bytes = static_cast<double>(m) * c.k + static_cast<double>(c.n) * c.k;
  return kNormalLaunchUs +
         std::max(compute, bytes / bytes_per_us(device.read_tb_per_s) + store_us(c, m));
}

}  // namespace

double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device, Chain chain) {
  return config.form == Form::kSwapped ? swapped_us(config, m, device, chain)
                                       : normal_us(config, m, device);
}

}  // namespace jitgemm::plan
