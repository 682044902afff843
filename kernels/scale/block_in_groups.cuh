// Block scales, as DeepSeek-V3 has them: A one per token and k-block, B one per 128 outputs and
// k-block. A partial sum of one k-block is multiplied by the product of both.
//
// A's scales come in groups of four k-blocks, as they lie in memory: [4][tile_m] if they are
// MN-major, [tile_m][4] if they are K-major. So one TMA box fetches a group in either layout. It
// arrives with the stage of the group's first k-block, and needs no barrier of its own: see
// NormalLayout::scale_groups. Where the rows are not aligned, the scale warp copies word by word;
// this costs 10 %, because each access competes with wgmma for shared memory.
//
// B's scales go to the consumers' registers: a lane of each warp holds those of every 32nd k-block.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ring.cuh>

constexpr int kScaleBlocks = NormalLayout::kScaleBlocks;  // k-blocks of a group
constexpr int kScaleRows = b_scale_rows(kTileN);          // of B that a tile can meet

// The slots of the groups, in turn.
struct GroupCursor {
  int group = 0;

  JITGEMM_DEVICE u32 slot(const BlockRing& ring) const {
    return ring.shared + kLayout.scales_offset() + group * kLayout.scale_group_bytes();
  }
  // Called behind k-block kb of a tile that has `count`: whether it was the last of its group.
  JITGEMM_DEVICE bool advance(int kb, int count) {
    if ((kb + 1) % kScaleBlocks != 0 && kb + 1 != count) return false;
    group = group + 1 == kLayout.scale_groups ? 0 : group + 1;
    return true;
  }
};

// The tile warp's part, called by one thread for each k-block, behind the stage's operands.
struct ScaleLoader {
  const BlockRing& ring;
  const TensorMap* s;
  const Params& p;
  GroupCursor at = {};

  // That arrive with the stage of k-block kb.
  JITGEMM_DEVICE int bytes(int kb) const {
    return kb % kScaleBlocks == 0 && p.scales_by_tma ? kLayout.scale_group_bytes() : 0;
  }
  JITGEMM_DEVICE void load(const Tile& tile, int kb, int stage) {
    if (bytes(kb) > 0)
      load_tile(at.slot(ring), s, ring.full(stage), p.scales_mn_major ? tile.m0 : kb,
                p.scales_mn_major ? kb : tile.m0, Unhinted{});
    at.advance(kb, tile.count);
  }
};

// Called by all lanes of the scale warp: A's scales of a tile's k-blocks kb .. kb + 3, word by
// word, as TMA lays them out.
JITGEMM_DEVICE void copy_group(u32 slot, const Params& p, const Tile& tile, int kb, int lane) {
#pragma unroll 1
  for (int i = lane; i < kTileM * kScaleBlocks; i += kWarp) {
    const int m = tile.m0 + (p.scales_mn_major ? i % kTileM : i / kScaleBlocks);
    const int block = kb + (p.scales_mn_major ? i / kTileM : i % kScaleBlocks);
    copy_word(slot + i * 4,
              p.a_scale.base + m * p.a_scale.row_stride + block * p.a_scale.block_stride,
              m < p.m && block < blocks_of_k(p));
  }
}

// Called by all lanes of the scale warp, if threads copy A's scales.
JITGEMM_DEVICE void produce_scales(const BlockRing& ring, Schedule schedule, const Params& p,
                                   int lane) {
  wait_for_predecessor();
  Cursor at;
  GroupCursor group;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int kb = 0; kb < tile.count; group.advance(kb++, tile.count), at.advance()) {
      ring.wait_empty(at, kb);
      if (kb % kScaleBlocks == 0) copy_group(group.slot(ring), p, tile, kb, lane);
      arrive_after_copies(ring.full(at.stage));
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

// B's scales of one k-block in each lane.
struct WeightScales {
  float row[kScaleRows];

  JITGEMM_DEVICE void load(const Params& p, int n0, int k_block) {
    const int blocks = blocks_of_k(p);
#pragma unroll
    for (int i = 0; i < kScaleRows; ++i)
      row[i] = load_global(p.b_scale + min(k_block, blocks - 1) +
                           static_cast<long long>(min(n0 / 128 + i, ceil_div(n_of(p), 128) - 1)) *
                               blocks);
  }
};

// A consumer's view of the scales.
struct ScaleReader {
  const BlockRing& ring;
  const Fragment& fragment;
  const Params& p;
  GroupCursor at = {};
  u32 of_tokens = first();            // address of the scale of the thread's first token
  int n0 = 0, count = 0;              // first output and k-blocks of the tile
  WeightScales next = {}, held = {};  // of 32 k-blocks
  float of_weight[kScaleRows] = {};

  JITGEMM_DEVICE u32 first() const {
    return at.slot(ring) + fragment.token_of(0, 0) * p.scale_row_bytes;
  }

  // Asks for B's first scales of the tile that comes next.
  JITGEMM_DEVICE void prefetch(const Tile& tile) { next.load(p, tile.n0, fragment.lane); }

  JITGEMM_DEVICE void start(const Tile& tile) {
    n0 = tile.n0;
    count = tile.count;
  }

  // Called before and behind k-block kb of the tile.
  JITGEMM_DEVICE void open(int kb) {
    if (kb % kWarp == 0) {
      held = next;
      if (kb + kWarp < count) next.load(p, n0, kb + kWarp + fragment.lane);
    }
#pragma unroll
    for (int i = 0; i < kScaleRows; ++i) of_weight[i] = __shfl_sync(~0u, held.row[i], kb);
  }
  JITGEMM_DEVICE void close(int kb) {
    of_tokens += p.scale_block_bytes;
    if (at.advance(kb, count)) of_tokens = first();
  }

  JITGEMM_DEVICE Scales read(int /*stage*/, int /*kb*/, int /*j*/, int wave) const {
    Scales scales;
    scales.boundary = (128 - n0 % 128) / 8;
#pragma unroll
    for (int t = 0; t < Fragment::kTokens; ++t) {
      const float of_token =
          load_shared(of_tokens + (wave * kWaveRows + t * 8) * p.scale_row_bytes);
#pragma unroll
      for (int i = 0; i < kScaleRows; ++i) scales.product[i][t] = of_token * of_weight[i];
    }
    return scales;
  }
};
