#include "src/plan/model.h"

#include <algorithm>
#include <cmath>

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

// Measured on an H200 (kernels/NOTES.md): microseconds, bytes, clocks.
constexpr double kLaunchUs =
    2.13;  // an isolated kernel that loads by the copy engine, without its stream
constexpr double kLatencyUs =
    1.25;  // of a loaded memory system: bytes in flight / this = bandwidth
constexpr double kL2BytesPerUs = 8.6e6;  // reads that hit
constexpr double kWriteBytesPerUs = 4.3e6;
constexpr double kIngestBytesPerClock = 57;  // of one SM, of tiles that its neighbours read too
constexpr double kStreamBytesPerClock = 33;  // of one SM, of what it reads alone
constexpr double kSharedReads = 0.5;         // so much of that does a byte cost that all SMs read
constexpr double kFlopPerClock = 8192;       // e4m3 multiply-adds x 2 of one SM
constexpr double kSecondRoundUs = 1.7;       // blocks that start when others end
constexpr double kExposedReads =
    0.4;  // share of the activations' L2 reads that shows beside the weights'
constexpr double kPoorOverlap = 0.2;    // of the shorter of compute and memory
constexpr double kNormalFixedUs = 0.8;  // more threads, all registers, the last tile's way out

double bytes_per_us(double tb_per_s) { return tb_per_s * 1e6; }

double stream_in_us(double bytes, const DeviceModel& device) {
  return bytes / (kStreamBytesPerClock * device.clock_ghz * 1e3);
}

// ---- swapped ----

// Blocks that really fit on an SM: by shared memory, threads, and an estimate of registers.
int residency(const KernelConfig& c, const DeviceModel& device) {
  const int by_memory = device.shared_bytes_per_sm / (c.shared_bytes() + 1024);
  const int by_threads = 2048 / c.threads();
  const int registers = 40 + c.tile_m * (1 + std::min(c.k_blocks, 2)) / 2;
  return std::max(1, std::min({by_memory, by_threads, 65536 / (registers * c.threads())}));
}

// What a reduction over the cluster adds: a fixed part and one per token.
double reduction_us(const KernelConfig& c) {
  if (c.split == 1) return 0;
  const double fixed = c.split <= 2 ? 0.05 : c.split <= 4 ? 0.15 : 0.30;
  const double tokens = c.split <= 2 ? 0.5 : 1.0;
  return fixed + tokens * c.tile_m / 64;
}

double swapped_us(const KernelConfig& c, int64_t m, const DeviceModel& device) {
  const double token_tiles = std::ceil(static_cast<double>(m) / c.tile_m);
  const double tiles = ceil_div(c.n, c.tile_n) * token_tiles;
  const double blocks = tiles * c.split;
  const int steps = ceil_div(ceil_div(c.k, kBlockK), c.k_blocks);
  const double slice = ceil_div(steps, c.split) * c.k_blocks * kBlockK;  // of the longest block
  const double weight = static_cast<double>(c.n) * c.k;
  const double activations = blocks * c.tile_m * slice;

  const int resident = residency(c, device);
  const double per_sm = std::ceil(blocks / device.sms);
  const double in_flight =
      std::min<double>(blocks, device.sms * std::min<double>(resident, per_sm)) * c.stages *
      c.k_blocks * c.tile_n * kBlockK;
  const bool all_at_once = c.stages >= ceil_div(steps, c.split);  // no stage is filled twice
  const double full = bytes_per_us(device.read_tb_per_s);
  const double bandwidth = all_at_once ? full : std::min(full, in_flight / kLatencyUs);

  const double stream =
      std::max({weight / bandwidth, (weight * token_tiles) / kL2BytesPerUs,
                stream_in_us(per_sm * slice * (c.tile_n + kSharedReads * c.tile_m), device)});
  const double rounds = std::ceil(blocks / (device.sms * resident));
  const double exposed = kExposedReads * activations / kL2BytesPerUs + 0.3 * c.tile_m / 64 +
                         2.0 * m * c.n / kWriteBytesPerUs;
  // One k-block a stage: a barrier more for each; four: the last multiply waits for more bytes.
  const double stage = c.k_blocks == 1 ? 0.12 : 0.02 * c.k_blocks;
  const double second_warpgroup = 0.45 * (c.warpgroups - 1);
  return kLaunchUs + stream + (rounds - 1) * kSecondRoundUs + exposed + reduction_us(c) + stage +
         second_warpgroup;
}

// ---- normal ----

// Share of the tensor cores' time that is left when promotion has its part: more waves or
// warpgroups hide more of it, a tile that meets several B scales selects among them.
double tensor_share(const KernelConfig& c) {
  const bool one_b_scale = b_scale_rows(c.tile_n) == 1;
  if (c.tile_m == 256) return one_b_scale ? 0.92 : 0.80;
  if (c.tile_m < 128) return 0.55;
  if (c.tile_n == 192) return 0.93;
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
                        kExposedReads * tiles * c.tile_m * c.k / kL2BytesPerUs +
                        2.0 * m * c.n / kWriteBytesPerUs;
  return kLaunchUs + kNormalFixedUs + std::max(compute, memory) +
         kPoorOverlap * std::min(compute, memory);
}

}  // namespace

double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device) {
  return config.form == Form::kSwapped ? swapped_us(config, m, device)
                                       : normal_us(config, m, device);
}

}  // namespace jitgemm::plan
