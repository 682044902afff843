// D = A * B^T: the normal form, for many tokens.
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (wgmma over 128 of K)
//
// Tokens take wgmma's M side, in waves of 64 rows, outputs its N side. Blocks are persistent and
// walk over the tiles.
//
//   consumer warpgroups   kWaves waves each, one after the other, on one set of accumulators;
//                         promotion of one warpgroup overlaps the multiplies of the others
//   producer warpgroup    tile warp: one lane issues the TMA loads; scale warp: copies A's scales
//                         if TMA cannot
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
                          const TensorMap* d, const TensorMap* s, const Params& p, int lane) {
  const bool copied = !p.scales_by_tma;
  if (elect_one()) {
    prefetch(a);
    prefetch(b);
    if (!copied) prefetch(s);
    prefetch(d);
  }
  ring.init(lane, 1 + LoadA::kArrivals + (copied ? kWarp : 0),
            copied ? kLayout.consumers() : kConsumerWarps);
  publish_barriers();
}

// The first tile is `next`, if there is `more`.
JITGEMM_DEVICE void consume(const BlockRing& ring, Schedule schedule, Tile next, bool more,
                            ScaleReader& scales, const TensorMap* d, const Params& p, int warp) {
  const Fragment& fragment = scales.fragment;
  const Operands operands(ring, fragment);
  const u32 staging =
      ring.shared + kLayout.staging_offset() + warp / 4 * kWaves * kLayout.wave_bytes();
  Cursor at;
  while (more) {
    const Tile tile = next;
    scales.start(tile);
    Sums sums = {};
    multiply_slices(sums, ring, at, operands, scales, tile);
    more = schedule.take(next);
    if (more) scales.prefetch(next);
    Epilogue::apply(sums, tile, p, fragment);
    store(sums, staging, d, tile, p, warp, fragment.lane);
  }
  if (warp % 4 == 0 && fragment.lane == 0) wait_stores_read();  // memory outlives the last store
}

extern "C" __global__ void __launch_bounds__(kLayout.threads(), kBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ Params p, const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b, const __grid_constant__ TensorMap d,
                   const __grid_constant__ TensorMap s) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const int warp = __shfl_sync(~0u, threadIdx.x / kWarp, 0), lane = threadIdx.x % kWarp;
  // One lane releases for its warp, unless threads copy scales: racecheck, which follows their
  // copies but not TMA's, does not follow such an arrival.
  const BlockRing ring = {shared_address(shared), lane == 0 || !p.scales_by_tma};

  const Fragment fragment(warp, lane);
  ScaleReader scales = {ring, fragment, p};
  Schedule schedule(p);
  Tile first;
  bool any = false;

  if (warp == kConsumerWarps) start(ring, &a, &b, &d, &s, p, lane);
  if (warp < kConsumerWarps) {
    // Before the barrier, as B's first scales take as long to come as the first stage.
    wait_for_predecessor();
    any = schedule.take(first);
    if (any) scales.prefetch(first);
  }
  __syncthreads();
  if (warp < kConsumerWarps) {
    if constexpr (kWarpgroups > 1) take_registers<kConsumerRegisters>();
    consume(ring, schedule, first, any, scales, &d, p, warp);
  } else {
    if constexpr (kWarpgroups > 1) give_registers<kProducerRegisters>();
    if (warp == kConsumerWarps && elect_one())
      produce_tiles(ring, Schedule(p), &a, &b, ScaleLoader{ring, &s, p}, p);
    if (warp == kConsumerWarps + 1 && !p.scales_by_tma) produce_scales(ring, Schedule(p), p, lane);
  }
}
