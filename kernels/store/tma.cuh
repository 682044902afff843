// D by TMA: a warpgroup stages its waves in boxes of 64 rows x kStoreColumns, swizzled as the map
// of D says, and one lane issues the stores. They read shared memory while the next tile is
// multiplied.
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/ptx/copy.cuh>
#include <jitgemm/ptx/shared.cuh>

constexpr int kStoreColumns = kLayout.store_columns();
constexpr int kChunks = kStoreColumns / 8;  // of 16 bytes in a box row

JITGEMM_DEVICE u32 staging_address(u32 wave, int row, int chunk) {
  const int swizzle = row * kChunks / 8 % kChunks;
  return wave + chunk / kChunks * kLayout.store_box_bytes() + row * kStoreColumns * 2 +
         ((chunk % kChunks ^ swizzle) << 4);
}

JITGEMM_DEVICE void stage_wave(const float (&sums)[kAccumulators], u32 wave, int warp, int lane) {
  const int row = warp % 4 * 16 + lane % 16;
#pragma unroll
  for (int g = 0; g < kGroups; g += 2) {
    const float* s = &sums[4 * g];
    store_matrix4(staging_address(wave, row, g + lane / 16), pack_bf16(s[0], s[1]),
                  pack_bf16(s[2], s[3]), pack_bf16(s[4], s[5]), pack_bf16(s[6], s[7]));
  }
}

JITGEMM_DEVICE void store(const Sums& sums, u32 staging, const TensorMap* d, const Tile& tile,
                          const Params& p, int warp, int lane) {
  const int warpgroup = warp / 4;
  const bool elected = warp % 4 == 0 && lane == 0;
  if (elected) wait_stores_read();  // of the previous tile
  sync_threads(1 + warpgroup, kWarpgroup);
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave)
    stage_wave(sums[wave], staging + wave * kLayout.wave_bytes(), warp, lane);
  fence_shared_for_copies();
  sync_threads(1 + warpgroup, kWarpgroup);
  if (!elected) return;
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave) {
    const int m0 = tile.m0 + (warpgroup * kWaves + wave) * kWaveRows;
#pragma unroll
    for (int box = 0; box < kTileN / kStoreColumns; ++box)
      if (const int n0 = tile.n0 + box * kStoreColumns; m0 < p.m && n0 < n_of(p))
        store_tile(d, staging + wave * kLayout.wave_bytes() + box * kLayout.store_box_bytes(), n0,
                   m0);
  }
  commit_stores();
}
