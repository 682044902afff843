// D = A * B^T: the normal form, for many tokens.
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (wgmma over 128 of K)
//
// Tokens take wgmma's M side, in waves of 64 rows, outputs its N side. Blocks stay and walk over
// the tiles.
//
//   consumer warpgroups   kWaves waves each, one after the other, on one set of accumulators;
//                         promotion of one warpgroup overlaps the multiplies of the others
//   producer warpgroup    tile warp: one lane, the copy engine; scale warp: four bytes a lane
//
// A finished tile leaves through shared memory by the copy engine while the next one is multiplied.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/params.h>
#include <jitgemm/problem.cuh>
#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ptx/wgmma.cuh>
#include <jitgemm/ring.cuh>

namespace jitgemm {

struct Layout {
  static constexpr NormalLayout value = normal_layout(kTileM, kTileN, kWarpgroups, kStages);
};
constexpr NormalLayout kLayout = Layout::value;
constexpr Ring kRing = kLayout.ring;
constexpr int kWaves = kLayout.waves();
constexpr int kAccumulators = kTileN / 2;  // registers of one wave
constexpr int kGroups = kTileN / 8;        // of 8 outputs
constexpr int kConsumerWarps = kLayout.consumers() / kWarp;
constexpr int kRasterGroup = 8;  // columns of tiles walked together, so that A and B stay in L2

// What setmaxnreg may hand out is what the launch allocated: 64 Ki registers over all threads.
constexpr int kProducerRegisters = kWarpgroups == 3 ? 32 : 40;
constexpr int kConsumerRegisters = kWarpgroups == 3 ? 160 : 232;

using BlockRing = RingView<Layout>;

// ---- scheduler ----

struct Tile {
  int row;  // of tiles
  int n0;   // first output

  JITGEMM_DEVICE int m0(const Params& p) const { return kRing.first_token(row, p.m); }
};

// Tiles in groups of kRasterGroup columns, row by row; every block takes each gridDim.x-th.
struct Scheduler {
  int rows, columns;
  int next = blockIdx.x;

  JITGEMM_DEVICE explicit Scheduler(const Params& p)
      : rows(ceil_div(p.m, kTileM)), columns(ceil_div(n_of(p), kTileN)) {}

  JITGEMM_DEVICE bool take(Tile& tile) {
    if (next >= rows * columns) return false;
    const int group = next / (kRasterGroup * rows), inside = next % (kRasterGroup * rows);
    const int first = group * kRasterGroup, width = min(kRasterGroup, columns - first);
    tile = {inside / width, (first + inside % width) * kTileN};
    next += gridDim.x;
    return true;
  }
};

// ---- producers ----

JITGEMM_DEVICE void produce_tiles(const BlockRing& ring, const TensorMap* a, const TensorMap* b,
                                  const Params& p) {
  const u64 kept = evict_last();
  wait_for_predecessor();
  Cursor<kStages> at;
  Tile tile;
  for (Scheduler tiles(p); tiles.take(tile);) {
#pragma unroll 1
    for (int kb = 0; kb < blocks_of_k(p); ++kb, at.advance()) {
      wait(ring.empty(at.stage), at.parity ^ 1);
      const u32 full = ring.full(at.stage);
      arrive_expecting(full, kRing.arriving_a_bytes(p.m) + kRing.stage_b_bytes());
      ring.load_b(at.stage, b, full, kb, tile.n0, kept);
      ring.load_a(at.stage, a, kb, tile.m0(p), kept);
    }
  }
  release_successor();
}

JITGEMM_DEVICE void produce_scales(const BlockRing& ring, const Params& p, int lane) {
  wait_for_predecessor();
  Cursor<kStages> at;
  Tile tile;
  for (Scheduler tiles(p); tiles.take(tile);) {
#pragma unroll 1
    for (int kb = 0; kb < blocks_of_k(p); ++kb, at.advance()) {
      wait(ring.empty(at.stage), at.parity ^ 1);
      ring.load_scales<1>(at.stage, p, kb, tile.m0(p), tile.n0, lane);
    }
  }
}

// ---- consumers ----

// The fragment of a thread: group g of 8 outputs is sums[4g .. 4g+3] =
// {row, output}, {row, output + 1}, {row + 8, output}, {row + 8, output + 1} with row = lane / 4 of
// its warp's 16 tokens and output = 2 * (lane % 4) of the group.

// The scales of one wave in one k-block.
struct Scales {
  static constexpr int kRows = kRing.b_scale_rows;
  float top[kRows], bottom[kRows];  // products for the thread's upper and lower token

  JITGEMM_DEVICE Scales(u32 slot, int row) {
    const float upper = load_shared(slot + row * 4), lower = load_shared(slot + (row + 8) * 4);
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      const float b = load_shared(slot + (kTileM + i) * 4);
      top[i] = upper * b;
      bottom[i] = lower * b;
    }
  }

  // Groups before `boundary` lie in the first 128-block that the tile meets, the next 16 in the
  // second.
  JITGEMM_DEVICE static float pick(const float (&s)[kRows], int g, int boundary) {
    if constexpr (kRows == 1) return s[0];
    if constexpr (kRows == 2) return g < boundary ? s[0] : s[1];
    if constexpr (kRows == 3)
      return g < 16 ? (g < boundary ? s[0] : s[1]) : (g < boundary + 16 ? s[1] : s[2]);
  }
};

JITGEMM_DEVICE void promote(float (&sums)[kAccumulators],
                            const float (&accumulators)[kAccumulators], const Scales& scales,
                            int boundary) {
  constexpr int kRun =
      gcd(kTileN, 128) / 8;  // groups that share a B scale wherever the tile stands
#pragma unroll
  for (int g = 0; g < kGroups; ++g) {
    const float top = Scales::pick(scales.top, g / kRun * kRun, boundary);
    const float bottom = Scales::pick(scales.bottom, g / kRun * kRun, boundary);
    sums[4 * g + 0] += top * accumulators[4 * g + 0];
    sums[4 * g + 1] += top * accumulators[4 * g + 1];
    sums[4 * g + 2] += bottom * accumulators[4 * g + 2];
    sums[4 * g + 3] += bottom * accumulators[4 * g + 3];
  }
}

using Sums = float[kWaves][kAccumulators];

JITGEMM_DEVICE void clear(Sums& sums) {
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave)
#pragma unroll
    for (int i = 0; i < kAccumulators; ++i) sums[wave][i] = 0.f;
}

JITGEMM_DEVICE void add(Sums& totals, const Sums& sums) {
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave)
#pragma unroll
    for (int i = 0; i < kAccumulators; ++i) totals[wave][i] += sums[wave][i];
}

// The next k-blocks: wait for a stage, then multiply and promote wave by wave, and hand the stage
// back.
JITGEMM_DEVICE void multiply(Sums& sums, const BlockRing& ring, Cursor<kStages>& at, int k_blocks,
                             int first_row, int row, int boundary) {
  float accumulators[kAccumulators];
#pragma unroll kWaves == 1 ? 2 : 1
  for (int kb = 0; kb < k_blocks; ++kb, at.advance()) {
    wait(ring.full(at.stage), at.parity);
    const u64 tokens = operand_descriptor(ring.a_tiles(at.stage) + first_row * kBlockK);
    const u64 weights = operand_descriptor(ring.b_tiles(at.stage));
#pragma unroll
    for (int wave = 0; wave < kWaves; ++wave) {
      const Scales scales(ring.scales(at.stage), first_row + wave * kWaveRows + row);
      pin(accumulators);
      open_multiplies();
      multiply_block(accumulators, tokens + descriptor_step(wave * kWaveRows * kBlockK), weights);
      commit_multiplies();
      pin(accumulators);
      wait_multiplies<0>();
      if (wave == kWaves - 1) arrive(ring.empty(at.stage));
      pin(accumulators);
      promote(sums[wave], accumulators, scales, boundary);
    }
  }
}

// One tile's K. Slices are summed by themselves and added in order, as the blocks of a cluster do
// it in the swapped form: the same bits.
JITGEMM_DEVICE void multiply_slices(Sums& totals, const BlockRing& ring, const Params& p,
                                    Cursor<kStages>& at, int first_row, int row, int boundary) {
  clear(totals);
  if constexpr (kSplit == 1) {
    multiply(totals, ring, at, blocks_of_k(p), first_row, row, boundary);
  } else {
    const int steps = ceil_div(blocks_of_k(p), kKBlocks);
#pragma unroll 1
    for (int slice = 0; slice < kSplit; ++slice) {
      const int first = slice_begin(slice, kSplit, steps) * kKBlocks;
      const int end = min(slice_begin(slice + 1, kSplit, steps) * kKBlocks, blocks_of_k(p));
      Sums sums;
      clear(sums);
      multiply(sums, ring, at, end - first, first_row, row, boundary);
      add(totals, sums);
    }
  }
}

// The staging of one wave: boxes of 64 rows x kStoreColumns, swizzled as the d map says.
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

JITGEMM_DEVICE void store_wave(const TensorMap* d, u32 wave, int m0, int n0, int n) {
#pragma unroll
  for (int box = 0; box < kTileN / kStoreColumns; ++box)
    if (n0 + box * kStoreColumns < n)
      store_tile(d, wave + box * kLayout.store_box_bytes(), n0 + box * kStoreColumns, m0);
}

JITGEMM_DEVICE void store(const Sums& sums, u32 staging, const TensorMap* d, const Tile& tile,
                          const Params& p, int warp, int lane) {
  const int warpgroup = warp / 4;
  const bool elected = warp % 4 == 0 && lane == 0;
  if (elected) wait_stores_read();  // of the tile before
  sync_threads(1 + warpgroup, kWarpgroup);
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave)
    stage_wave(sums[wave], staging + wave * kLayout.wave_bytes(), warp, lane);
  fence_shared_for_copies();
  sync_threads(1 + warpgroup, kWarpgroup);
  if (!elected) return;
#pragma unroll
  for (int wave = 0; wave < kWaves; ++wave) {
    const int m0 = tile.m0(p) + (warpgroup * kWaves + wave) * kWaveRows;
    if (m0 < p.m) store_wave(d, staging + wave * kLayout.wave_bytes(), m0, tile.n0, n_of(p));
  }
  commit_stores();
}

JITGEMM_DEVICE void consume(const BlockRing& ring, const TensorMap* d, const Params& p, int warp,
                            int lane) {
  const int first_row = warp / 4 * kWaves * kWaveRows;  // of this warpgroup in the tile
  const int row = warp % 4 * 16 + lane / 4;             // of this thread in a wave
  const u32 staging =
      ring.shared + kLayout.staging_offset() + warp / 4 * kWaves * kLayout.wave_bytes();
  Cursor<kStages> at;
  Tile tile;
  for (Scheduler tiles(p); tiles.take(tile);) {
    Sums sums;
    const int boundary = (128 - tile.n0 % 128) / 8;
    multiply_slices(sums, ring, p, at, first_row, row, boundary);
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
    ring.init(lane, kLayout.consumers());
    publish_barriers();
  }
  __syncthreads();

  if (warp >= kConsumerWarps) {
    if constexpr (kWarpgroups > 1) give_registers<kProducerRegisters>();
    if (warp == kConsumerWarps && lane == 0) produce_tiles(ring, &a, &b, p);
    if (warp == kConsumerWarps + 1) produce_scales(ring, p, lane);
  } else {
    if constexpr (kWarpgroups > 1) take_registers<kConsumerRegisters>();
    consume(ring, &d, p, warp, lane);
  }
}

}  // namespace jitgemm
