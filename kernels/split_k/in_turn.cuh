// Split-K by one block: it sums the slices one after the other and adds them in order, as the
// blocks of a cluster do in split_k/cluster.cuh: the same bits.
#pragma once

#include <jitgemm/mainloop.cuh>

JITGEMM_DEVICE void add(Sums& totals, const Sums& sums) {
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave)
#pragma unroll
    for (int i = 0; i < kAccumulators; ++i) totals[wave][i] += sums[wave][i];
}

JITGEMM_DEVICE void multiply_slices(Sums& totals, const BlockRing& ring, Cursor& at,
                                    const Operands& operands, ScaleReader& scales,
                                    const Tile& tile) {
  if constexpr (kSplit == 1) {
    multiply(totals, ring, at, 0, tile.count, operands, scales);
  } else {
    const int steps = ceil_div(tile.count, kKBlocks);
#pragma unroll 1
    for (int slice = 0; slice < kSplit; ++slice) {
      Sums sums = {};
      multiply(sums, ring, at, slice_begin(slice, kSplit, steps) * kKBlocks,
               min(slice_begin(slice + 1, kSplit, steps) * kKBlocks, tile.count), operands, scales);
      add(totals, sums);
    }
  }
}
