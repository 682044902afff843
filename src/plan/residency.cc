#include "src/plan/residency.h"

#include <algorithm>

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

constexpr int kThreadsPerSm = 2048, kRegistersPerSm = 65536;

// Registers of a thread: sums, accumulators and addresses; with tokens on wgmma's N side also
// scales that are loaded ahead.
int registers(const KernelConfig& c) {
  const int in_flight = c.in_flight(), sums = c.wgmma_columns() / 2 * (1 + in_flight);
  if (tokens_on_m(c.tile_m)) return round_up(10 + sums, 8);
  return round_up(20 + sums + (in_flight > 1 ? c.tile_m / 4 : 0), 8);
}

}  // namespace

int residency(const KernelConfig& c, const DeviceModel& device) {
  const int by_memory =
      device.shared_bytes_per_sm / (c.shared_bytes() + device.system_bytes_per_block);
  // The launch bounds make ptxas keep to the registers that leave room for blocks_per_sm blocks.
  const int by_registers =
      std::max(c.blocks_per_sm, kRegistersPerSm / (registers(c) * c.threads()));
  return std::max(1, std::min({by_memory, kThreadsPerSm / c.threads(), by_registers}));
}

}  // namespace jitgemm::plan
