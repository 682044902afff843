// Block scales, as DeepSeek-V3 has them: A one per token and k-block, B one per 128 outputs and
// k-block. A partial sum of one k-block is multiplied by the product of both.
//
// The scale warp copies them into the stage: for each k-block tile_m of A, then one of B.
#pragma once

#include <jitgemm/ptx/copy.cuh>
#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ring.cuh>

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
    const u32 slots = ring.scales(stage, j);
    const float* from =
        p.a_scale.base + (m0 + first) * p.a_scale.row_stride + (kb + j) * p.a_scale.block_stride;
    const bool there = kb + j < blocks_of_k(p);
#pragma unroll 4
    for (int row = first; row < kRing.tile_m;
         row += kWarp * Rows, from += kWarp * Rows * p.a_scale.row_stride) {
      if constexpr (Rows == 1)
        copy_word(slots + row * 4, from, there && m0 + row < p.m);
      else
        copy_four_words(slots + row * 4, from, there ? p.m - m0 - row : 0);
    }
  }
}

// Called by all lanes of the scale warp: the scales of a stage's k-blocks.
JITGEMM_DEVICE void load_scales(const BlockRing& ring, int stage, const Params& p, int kb, int m0,
                                int n0, int lane) {
  if (p.scales_mn_major && m0 % 4 == 0)
    load_a_scales<4>(ring, stage, p, kb, m0, lane);
  else
    load_a_scales<1>(ring, stage, p, kb, m0, lane);
  const float* b = p.b_scale + static_cast<long long>(n0 / 128) * blocks_of_k(p) + kb;
  if (lane < kRing.k_blocks)
    copy_word(ring.scales(stage, lane) + kTileM * 4, b + lane, kb + lane < blocks_of_k(p));
  arrive_after_copies(ring.full(stage));
}

// The tile warp loads no scales.
struct ScaleLoader {
  JITGEMM_DEVICE int bytes(int /*step*/) const { return 0; }
  JITGEMM_DEVICE void load(const Tile&, int /*step*/, int /*stage*/) const {}
};

// Called by all lanes of the scale warp.
JITGEMM_DEVICE void produce_scales(const BlockRing& ring, Schedule schedule, const Params& p,
                                   int lane) {
  wait_for_predecessor();
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int step = 0; step < tile.count; ++step, at.advance()) {
      ring.wait_empty(at, step);
      load_scales(ring, at.stage, p, tile.k_block(step), tile.m0, tile.n0, lane);
    }
  }
}

// What a thread multiplies its partial sums of one k-block with.
struct Scales {
  float product[Fragment::kTokens];

  // Of element i of group g.
  JITGEMM_DEVICE float of(int g, int i) const { return product[Fragment::token_index(g, i)]; }
};

// A consumer's view of the scales.
struct ScaleReader {
  const BlockRing& ring;
  const Fragment& fragment;

  JITGEMM_DEVICE void open(int /*step*/) const {}
  JITGEMM_DEVICE void close(int /*step*/) const {}

  // Of k-block j of a stage.
  JITGEMM_DEVICE Scales read(int stage, int /*step*/, int j, int /*wave*/) const {
    const u32 slot = ring.scales(stage, j);
    const float of_weight = load_shared(slot + kTileM * 4);
    Scales scales;
    fragment.load_token_scales(scales.product, slot);
#pragma unroll
    for (float& product : scales.product) product *= of_weight;
    return scales;
  }
};
