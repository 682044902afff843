// D = A * B^T: the normal form, for many tokens.
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (wgmma over 128 of K)
//
// Tokens take wgmma's M side, in waves of 64 rows, outputs its N side. Blocks are persistent and
// walk over the tiles.
//
//   consumer warpgroups   kWaves waves each, one after the other, on one set of accumulators;
//                         promotion of one warpgroup overlaps the multiplies of the others
//   producer warpgroup    tile warp: one lane issues the TMA loads; scale warp: copies the scales
//
// A finished tile leaves through shared memory by TMA while the next one is multiplied.
#pragma once

#include <jitgemm/mainloop.cuh>
#include <jitgemm/producer.cuh>
#include <jitgemm/split_k/in_turn.cuh>
#include <jitgemm/store/tma.cuh>

namespace jitgemm {

// setmaxnreg may hand out what the launch allocated: 64 Ki registers over all threads.
constexpr int kProducerRegisters = kWarpgroups == 3 ? 32 : 40;
constexpr int kConsumerRegisters = kWarpgroups == 3 ? 160 : 232;
static_assert(kWarpgroup * kProducerRegisters + kLayout.consumers() * kConsumerRegisters <= 65536);

JITGEMM_DEVICE void consume(const BlockRing& ring, Schedule schedule, const TensorMap* d,
                            const Params& p, int warp, int lane) {
  const Fragment fragment(warp, lane);
  const u32 staging =
      ring.shared + kLayout.staging_offset() + warp / 4 * kWaves * kLayout.wave_bytes();
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
    Sums sums = {};
    multiply_slices(sums, ring, at, fragment, tile);
    Epilogue::apply(sums, tile, p, fragment);
    store(sums, staging, d, tile, p, warp, lane);
  }
  if (warp % 4 == 0 && lane == 0) wait_stores_read();  // shared memory outlives the last store
}

extern "C" __global__ void __launch_bounds__(kLayout.threads(), kBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ Params p, const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b, const __grid_constant__ TensorMap d) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const BlockRing ring = {shared_address(shared)};
  const int warp = __shfl_sync(~0u, threadIdx.x / kWarp, 0), lane = threadIdx.x % kWarp;

  if (warp == kConsumerWarps) {
    if (lane == 0) {
      prefetch(&a);
      prefetch(&b);
      prefetch(&d);
    }
    ring.init(lane, 1 + LoadA::kArrivals + Scales::kArrivals);
    publish_barriers();
  }
  __syncthreads();

  if (warp >= kConsumerWarps) {
    if constexpr (kWarpgroups > 1) give_registers<kProducerRegisters>();
    if (warp == kConsumerWarps && lane == 0) produce_tiles(ring, Schedule(p), &a, &b, p);
    if (warp == kConsumerWarps + 1) produce_scales(ring, Schedule(p), p, lane);
  } else {
    if constexpr (kWarpgroups > 1) take_registers<kConsumerRegisters>();
    consume(ring, Schedule(p), &d, p, warp, lane);
  }
}

}  // namespace jitgemm
