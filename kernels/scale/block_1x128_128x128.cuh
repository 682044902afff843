// Block scales, as DeepSeek-V3 has them: A one per token and k-block, B one per 128 outputs and
// k-block. A partial sum of one k-block is multiplied by the product of both.
//
// The scale warp copies them into the stage: tile_m of A, then those of B that the tile meets.
#pragma once

#include <jitgemm/ptx/copy.cuh>
#include <jitgemm/ring.cuh>

namespace jitgemm {

// The scales of A, of the k-blocks of a stage. With MN-major scales a lane copies `Rows`
// consecutive tokens at once; K-major scales need one copy per token. All k-blocks that the warp
// covers are one request.
template <int Rows>
JITGEMM_DEVICE void load_a_scales(const BlockRing& ring, int stage, const Params& p, int kb, int m0,
                                  int lane) {
  constexpr int kLanes = kRing.tile_m / Rows;  // of one k-block
  constexpr int kAtOnce = kRing.blocks_covered(kLanes);
  const int block = kAtOnce == 1 ? 0 : lane / kLanes;
  const int first = (lane - block * kLanes) * Rows;
  if (block >= kAtOnce) return;
#pragma unroll
  for (int j = block; j < block + kRing.k_blocks; j += kAtOnce) {
    const u32 slots = ring.scales(stage) + j * kRing.block_scales() * 4;
    const float* from =
        p.a_scale.base + (m0 + first) * p.a_scale.row_stride + (kb + j) * p.a_scale.block_stride;
    const bool there = kb + j < blocks_of_k(p);
#pragma unroll kRing.tile_m> 128 * Rows ? 1 : 4
    for (int row = first; row < kRing.tile_m;
         row += kWarp * Rows, from += kWarp * Rows * p.a_scale.row_stride) {
      if constexpr (Rows == 1)
        copy_word(slots + row * 4, from, there && m0 + row < p.m);
      else
        copy_four_words(slots + row * 4, from, there ? p.m - m0 - row : 0);
    }
  }
}

JITGEMM_DEVICE void load_b_scales(const BlockRing& ring, int stage, const Params& p, int kb, int n0,
                                  int lane) {
  constexpr int kRows = kRing.b_scale_rows, kAtOnce = kRing.blocks_covered(kRows);
  const int block = kAtOnce == 1 ? 0 : lane / kRows, row = lane - block * kRows;
  if (block >= kAtOnce || row >= kRows) return;
#pragma unroll
  for (int j = block; j < block + kRing.k_blocks; j += kAtOnce) {
    const int k_block = kb + j;
    const int block_row = min(n0 / 128 + row, ceil_div(n_of(p), 128) - 1);
    copy_word(ring.scales(stage) + (j * kRing.block_scales() + kRing.tile_m + row) * 4,
              p.b_scale + static_cast<long long>(block_row) * blocks_of_k(p) + k_block,
              k_block < blocks_of_k(p));
  }
}

struct Scales {
  static constexpr int kArrivals = kWarp;  // at a stage's full barrier

  // Called by all lanes of one warp: the scales of a stage's k-blocks.
  JITGEMM_DEVICE static void load(const BlockRing& ring, int stage, const Params& p, int kb, int m0,
                                  int n0, int lane) {
    // A persistent block's scale warp has no instruction to spare for the choice.
    if (Schedule::kOneTile && p.scales_mn_major && m0 % 4 == 0)
      load_a_scales<4>(ring, stage, p, kb, m0, lane);
    else
      load_a_scales<1>(ring, stage, p, kb, m0, lane);
    load_b_scales(ring, stage, p, kb, n0, lane);
    arrive_after_copies(ring.full(stage));
  }

  // The products that a thread needs of one k-block and wave, from the k-block's scales at `slot`.
  static constexpr int kRows = kRing.b_scale_rows;
  float product[kRows][Fragment::kTokens];
  int boundary;  // groups before it lie in the first 128 outputs that the tile meets

  JITGEMM_DEVICE Scales(u32 slot, const Fragment& fragment, int wave, const Tile& tile)
      : boundary((128 - tile.n0 % 128) / 8) {
    float of_token[Fragment::kTokens];
    fragment.load_token_scales(of_token, slot, wave);
#pragma unroll
    for (int row = 0; row < kRows; ++row) {
      const float of_weight = load_shared(slot + (kTileM + row) * 4);
#pragma unroll
      for (int t = 0; t < Fragment::kTokens; ++t) product[row][t] = of_token[t] * of_weight;
    }
  }

  // Of element i of group g. Groups of a run share a scale of B wherever the tile stands.
  JITGEMM_DEVICE float of(int g, int i) const {
    const int t = Fragment::token_index(g, i), first = g / kRun * kRun;
    if constexpr (kRows == 1) return product[0][t];
    if constexpr (kRows == 2) return first < boundary ? product[0][t] : product[1][t];
    if constexpr (kRows == 3) {
      if (first < 16) return first < boundary ? product[0][t] : product[1][t];
      return first < boundary + 16 ? product[1][t] : product[2][t];
    }
  }

 private:
  static constexpr int kRun = gcd(kTileN, 128) / 8;
};

}  // namespace jitgemm
