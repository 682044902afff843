// Block scales, as DeepSeek-V3 has them: A one per token and k-block, B one per 128 outputs and
// k-block. A partial sum of one k-block is multiplied by the product of both.
//
// They come in groups of four k-blocks, through a ring of their own. A group holds A's scales as
// they lie in memory, [4][tile_m] if they are MN-major and [tile_m][4] if they are K-major, so that
// one TMA box fetches them in either layout. Where their rows are not aligned, the scale warp
// copies them word by word; this costs 10 %, because each access competes with wgmma for shared
// memory.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ring.cuh>

constexpr int kScaleBlocks = NormalLayout::kScaleBlocks;  // k-blocks of a group
constexpr int kScaleRows = b_scale_rows(kTileN);          // of B that a tile can meet

// The addresses of the groups and of their mbarriers.
struct ScaleRing {
  const BlockRing& ring;

  JITGEMM_DEVICE u32 slot(int group) const {
    return ring.shared + kLayout.scales_offset() + group * kLayout.scale_group_bytes();
  }
  JITGEMM_DEVICE u32 full(int group) const { return ring.extra(group); }
  JITGEMM_DEVICE u32 empty(int group) const { return ring.extra(kLayout.kScaleGroups + group); }

  // Called by all lanes of one warp.
  JITGEMM_DEVICE void init(int lane) const {
    if (lane >= kLayout.kScaleGroups) return;
    init_barrier(full(lane), kWarp);
    init_barrier(empty(lane), kLayout.consumers());
  }
};
using ScaleCursor = RingCursor<NormalLayout::kScaleGroups>;

// Called by all lanes of the scale warp: A's scales of a tile's k-blocks kb .. kb + 3, word by
// word, as TMA lays them out.
JITGEMM_DEVICE void copy_a_scales(u32 slot, const Params& p, const Tile& tile, int kb, int lane) {
#pragma unroll 1
  for (int i = lane; i < kTileM * kScaleBlocks; i += kWarp) {
    const int m = tile.m0 + (p.scales_mn_major ? i % kTileM : i / kScaleBlocks);
    const int block = kb + (p.scales_mn_major ? i / kTileM : i % kScaleBlocks);
    copy_word(slot + i * 4,
              p.a_scale.base + m * p.a_scale.row_stride + block * p.a_scale.block_stride,
              m < p.m && block < blocks_of_k(p));
  }
}

// Copies the scales of B for the same k-blocks.
JITGEMM_DEVICE void copy_b_scales(u32 slot, const Params& p, const Tile& tile, int kb, int lane) {
  const int row = min(tile.n0 / 128 + lane / kScaleBlocks, ceil_div(n_of(p), 128) - 1);
  const int block = kb + lane % kScaleBlocks;
  if (lane < kScaleRows * kScaleBlocks)
    copy_word(slot + kTileM * 16 + lane * 4,
              p.b_scale + static_cast<long long>(row) * blocks_of_k(p) + block,
              block < blocks_of_k(p));
}

// Called by all lanes of the scale warp.
JITGEMM_DEVICE void produce_scales(const BlockRing& ring, Schedule schedule, const TensorMap* s,
                                   const Params& p, int lane) {
  const ScaleRing scales = {ring};
  const u64 kept = evict_last();
  wait_for_predecessor();
  ScaleCursor at;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int kb = 0; kb < tile.count; kb += kScaleBlocks, at.advance()) {
      wait(scales.empty(at.stage), at.parity ^ 1);
      const u32 slot = scales.slot(at.stage), full = scales.full(at.stage);
      if (!p.scales_by_tma) {
        copy_a_scales(slot, p, tile, kb, lane);
      } else if (elect_one()) {
        expect(full, kTileM * kScaleBlocks * 4);
        load_tile(slot, s, full, p.scales_mn_major ? tile.m0 : kb, p.scales_mn_major ? kb : tile.m0,
                  kept);
      }
      __syncwarp();
      copy_b_scales(slot, p, tile, kb, lane);
      arrive_after_copies(full);
    }
  }
}

// What a thread multiplies its partial sums of one k-block and wave with.
struct Scales {
  float product[kScaleRows][Fragment::kTokens];
  int boundary;  // groups before it lie in the first 128 outputs that the tile meets

  // Of element i of group g. Groups of a run share a scale of B wherever the tile stands.
  JITGEMM_DEVICE float of(int g, int i) const {
    constexpr int kRun = gcd(kTileN, 128) / 8;
    const int t = Fragment::token_index(g, i);
    return kScaleRows == 1 || g / kRun * kRun < boundary ? product[0][t]
                                                         : product[kScaleRows - 1][t];
  }
};

// A consumer's view of the scales.
struct ScaleReader {
  ScaleRing ring;
  const Fragment& fragment;
  int row_bytes, block_bytes;  // between the scales of two tokens, of two k-blocks
  ScaleCursor at = {};
  int boundary = 0;  // as in Scales
  int count = 0;     // k-blocks of the tile

  JITGEMM_DEVICE ScaleReader(const BlockRing& ring, const Fragment& fragment, const Params& p)
      : ring{ring},
        fragment(fragment),
        row_bytes(p.scales_mn_major ? 4 : 4 * kScaleBlocks),
        block_bytes(p.scales_mn_major ? kTileM * 4 : 4) {}

  JITGEMM_DEVICE void start(const Tile& tile) {
    boundary = (128 - tile.n0 % 128) / 8;
    count = tile.count;
  }

  // Called before and behind k-block kb of the tile.
  JITGEMM_DEVICE void open(int kb) const {
    if (kb % kScaleBlocks == 0) wait(ring.full(at.stage), at.parity);
  }
  JITGEMM_DEVICE void close(int kb) {
    if ((kb + 1) % kScaleBlocks != 0 && kb + 1 != count) return;
    arrive(ring.empty(at.stage));
    at.advance();
  }

  JITGEMM_DEVICE Scales read(int /*stage*/, int kb, int /*j*/, int wave) const {
    const int block = kb % kScaleBlocks;
    const u32 slot = ring.slot(at.stage);
    const u32 row = slot + fragment.token_of(0, 0) * row_bytes + block * block_bytes;
    Scales scales;
    scales.boundary = boundary;
    float of_token[Fragment::kTokens];
#pragma unroll
    for (int t = 0; t < Fragment::kTokens; ++t)
      of_token[t] = load_shared(row + (wave * kWaveRows + t * 8) * row_bytes);
#pragma unroll
    for (int i = 0; i < kScaleRows; ++i) {
      const float of_weight = load_shared(slot + kTileM * 16 + (i * kScaleBlocks + block) * 4);
#pragma unroll
      for (int t = 0; t < Fragment::kTokens; ++t) scales.product[i][t] = of_token[t] * of_weight;
    }
    return scales;
  }
};
