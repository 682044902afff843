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

// setmaxnreg moves registers among the warps of a block: it hands out what the launch allocated, or
// waits for ever.
constexpr int kProducerRegisters = kWarpgroups == 3 ? 56 : 40;
constexpr int kConsumerRegisters = kWarpgroups == 3 ? 152 : 232;
static_assert(kWarpgroups == 1 ||
              kWarpgroup * kProducerRegisters + kLayout.consumers() * kConsumerRegisters <=
                  kLayout.threads() * (65536 / kLayout.threads() / 8 * 8));

// Prologue of the tile warp, before the block-wide barrier.
JITGEMM_DEVICE void start(const BlockRing& ring, const TensorMap* a, const TensorMap* b,
                          const TensorMap* d, int lane) {
  if (elect_one()) {
    prefetch(a);
    prefetch(b);
    prefetch(d);
  }
  ring.init(lane, 1 + LoadA::kArrivals);
  ScaleRing{ring}.init(lane);
  publish_barriers();
}

JITGEMM_DEVICE void consume(const BlockRing& ring, Schedule schedule, const TensorMap* d,
                            const Params& p, int warp, int lane) {
  const Fragment fragment(warp, lane);
  const Operands operands(ring, fragment);
  const u32 staging =
      ring.shared + kLayout.staging_offset() + warp / 4 * kWaves * kLayout.wave_bytes();
  ScaleReader scales(ring, fragment, p);
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
    scales.start(tile);
    Sums sums = {};
    multiply_slices(sums, ring, at, operands, scales, tile);
    Epilogue::apply(sums, tile, p, fragment);
    store(sums, staging, d, tile, p, warp, lane);
  }
  if (warp % 4 == 0 && lane == 0) wait_stores_read();  // shared memory outlives the last store
}

extern "C" __global__ void __launch_bounds__(kLayout.threads(), kBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ Params p, const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b, const __grid_constant__ TensorMap d,
                   const __grid_constant__ TensorMap s) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const BlockRing ring = {shared_address(shared)};
  const int warp = __shfl_sync(~0u, threadIdx.x / kWarp, 0), lane = threadIdx.x % kWarp;

  if (warp == kConsumerWarps) start(ring, &a, &b, &d, lane);
  __syncthreads();
  if (warp < kConsumerWarps) {
    if constexpr (kWarpgroups > 1) take_registers<kConsumerRegisters>();
    consume(ring, Schedule(p), &d, p, warp, lane);
  } else {
    if constexpr (kWarpgroups > 1) give_registers<kProducerRegisters>();
    if (warp == kConsumerWarps && elect_one()) produce_tiles(ring, Schedule(p), &a, &b, p);
    if (warp == kConsumerWarps + 1) produce_scales(ring, Schedule(p), &s, p, lane);
  }
}
