// Shared memory of one block, as arithmetic. Included by host and device, so it stands on nothing
// but the language; the host asks it how much memory to launch with, the device where things are.
//
//   [ ring: stages x { A tiles | B tiles } ]  1024-byte aligned, as the 128-byte swizzle asks
//   [ scales: stages x { A scales | B scale }, swapped form ]
//   [ form's own: output staging, split-K partials, groups of scales ]
//   [ barriers ]
#pragma once

namespace jitgemm {

constexpr int kBlockK = 128;     // k-block: the span of K that shares a scale; bytes of e4m3
constexpr int kWarp = 32;        // threads
constexpr int kWarpgroup = 128;  // threads that issue a wgmma together
constexpr int kWaveRows = 64;    // rows of a wgmma's M side
constexpr int kMaxStages = 32;   // of a ring

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }
constexpr int round_up(int a, int b) { return ceil_div(a, b) * b; }
constexpr int gcd(int a, int b) { return b == 0 ? a : gcd(b, a % b); }

// Slices of K, cut at multiples of a stage: the step with which slice i begins.
constexpr int slice_begin(int i, int slices, int steps) { return i * steps / slices; }

// The ring of both forms: a stage is `k_blocks` blocks of K of a tile_m x tile_n tile, with their
// scales.
struct Ring {
  int tile_m, tile_n, k_blocks, stages;
  int block_scales;  // floats that stand beside each k-block's tiles

  constexpr int a_block_bytes() const { return tile_m * kBlockK; }
  constexpr int b_block_bytes() const { return tile_n * kBlockK; }
  constexpr int stage_a_bytes() const { return k_blocks * a_block_bytes(); }
  constexpr int stage_b_bytes() const { return k_blocks * b_block_bytes(); }
  constexpr int stage_bytes() const { return stage_a_bytes() + stage_b_bytes(); }

  constexpr int b_offset() const { return stage_a_bytes(); }  // in a stage

  // A box of A has min(m, tile_m) rows and no box reaches beyond the last token: TMA takes longer
  // over rows outside a matrix than over those inside. The last tile is shifted to end at token
  // m - 1, so it recomputes some rows of the previous tile; both blocks write identical bits.
  constexpr int box_tokens(int m) const { return m < tile_m ? m : tile_m; }
  constexpr int first_token(int tile, int m) const {
    const int begin = tile * tile_m, last = m - box_tokens(m);
    return begin < last ? begin : last;
  }
  constexpr int arriving_a_bytes(int m) const { return k_blocks * box_tokens(m) * kBlockK; }

  constexpr int stage_scale_bytes() const { return k_blocks * block_scales * 4; }
  // k-blocks of a stage whose scales one warp covers when each takes so many lanes: a divisor.
  constexpr int blocks_covered(int lanes) const {
    int blocks = k_blocks;
    while (blocks > 1 && (blocks * lanes > kWarp || k_blocks % blocks != 0)) --blocks;
    return blocks;
  }

  constexpr int scales_offset() const { return stages * stage_bytes(); }  // in the block
  constexpr int end() const { return scales_offset() + stages * stage_scale_bytes(); }
};

// Whether the tokens of a tile take wgmma's M side in the swapped form: when they fill it.
constexpr bool tokens_on_m(int tile_m) { return tile_m % kWaveRows == 0; }

// Swapped: weights on wgmma's M side, 64 rows a warpgroup; tokens on its N side, in groups of 8.
// With tokens on the M side, 64 a warpgroup, 64 weights are on its N side, and the groups are
// outputs.
struct SwappedLayout {
  Ring ring;
  int split;
  bool fill_ring;

  // Warpgroups side by side along the tokens: each has a wave of them, or one has all.
  constexpr int token_warpgroups() const {
    return tokens_on_m(ring.tile_m) ? ring.tile_m / kWaveRows : 1;
  }
  constexpr int warpgroups() const { return token_warpgroups() * ring.tile_n / kWaveRows; }
  constexpr int waves() const { return 1; }
  constexpr int columns() const {  // of wgmma's N side
    return tokens_on_m(ring.tile_m) ? kWaveRows : ring.tile_m;
  }
  constexpr int consumers() const { return warpgroups() * kWarpgroup; }
  constexpr int threads() const { return consumers() + 2 * kWarp; }  // + tile warp and scale warp

  // Each block of a cluster owns so many groups, one after the other, while there are any; an owner
  // sums all partials of its groups.
  constexpr int groups() const { return columns() / 8; }
  constexpr int owned_groups() const { return ceil_div(groups(), split); }
  constexpr int owner_of(int group) const { return group / owned_groups(); }
  constexpr int groups_of(int rank) const {
    const int left = groups() - rank * owned_groups();
    return left < 0 ? 0 : left < owned_groups() ? left : owned_groups();
  }

  constexpr int staging_offset() const { return round_up(ring.end(), 128); }
  // A warp's part of D: rows of one token, 16 outputs each.
  constexpr int staging_rows_per_warp() const {
    return tokens_on_m(ring.tile_m) ? ceil_div(owned_groups(), 2) * 16 : owned_groups() * 8;
  }
  constexpr int staging_bytes_per_warp() const { return staging_rows_per_warp() * 32; }
  constexpr int partials_offset() const {
    return staging_offset() + consumers() / kWarp * staging_bytes_per_warp();
  }
  constexpr int partial_slot_bytes() const { return consumers() * 16; }  // four floats a thread
  constexpr int barriers_offset() const {
    return partials_offset() + (split - 1) * owned_groups() * partial_slot_bytes();
  }
  // Of each stage: full, empty; partials; when the ring is filled ahead, tokens asked for, and of
  // each stage: weights.
  constexpr int barriers() const { return 2 * ring.stages + 1 + (fill_ring ? ring.stages + 1 : 0); }
  constexpr int bytes() const { return barriers_offset() + barriers() * 8; }

  // k-blocks of a stage that are multiplied at once, each with accumulators of its own: as many as
  // registers allow.
  constexpr int k_blocks_in_flight(int blocks_per_sm) const {
    const int budget = blocks_per_sm * threads() <= 512 ? 64 : 32;  // registers of a thread
    const int accumulators = columns() / 2, all = ring.k_blocks;
    if (all * accumulators <= budget) return all;
    return all % 2 == 0 && all / 2 * accumulators <= budget ? all / 2 : 1;
  }
};

constexpr SwappedLayout swapped_layout(int tile_m, int tile_n, int split, int k_blocks, int stages,
                                       bool fill_ring) {
  return {{tile_m, tile_n, k_blocks, stages, tile_m + 4}, split, fill_ring};
}

// Normal: tokens on wgmma's M side in waves of 64 rows, `waves()` one after the other per
// warpgroup.
struct NormalLayout {
  Ring ring;
  int consumer_warpgroups;
  int scale_groups;  // that shared memory holds, of A's scales

  constexpr int warpgroups() const { return consumer_warpgroups; }
  constexpr int token_warpgroups() const { return consumer_warpgroups; }
  constexpr int consumers() const { return consumer_warpgroups * kWarpgroup; }
  constexpr int threads() const { return consumers() + kWarpgroup; }  // + producer warpgroup
  constexpr int waves() const { return ring.tile_m / (kWaveRows * consumer_warpgroups); }
  constexpr int columns() const { return ring.tile_n; }  // of wgmma's N side
  constexpr int k_blocks_in_flight(int /*blocks_per_sm*/) const { return 1; }

  // A's scales come in groups of four k-blocks, 16 bytes for each token.
  static constexpr int kScaleBlocks = 4;
  constexpr int scale_group_bytes() const { return ring.tile_m * 16; }

  // D leaves in boxes of 64 rows x store_columns, each the widest swizzle that divides the tile.
  constexpr int store_columns() const {
    return ring.tile_n % 64 == 0 ? 64 : ring.tile_n % 32 == 0 ? 32 : ring.tile_n % 16 == 0 ? 16 : 8;
  }
  constexpr int store_box_bytes() const { return kWaveRows * store_columns() * 2; }
  constexpr int wave_bytes() const { return kWaveRows * ring.tile_n * 2; }

  constexpr int staging_offset() const { return round_up(ring.end(), 1024); }
  constexpr int scales_offset() const { return staging_offset() + ring.tile_m * ring.tile_n * 2; }
  constexpr int barriers_offset() const {
    return scales_offset() + scale_groups * scale_group_bytes();
  }
  constexpr int barriers() const { return 2 * ring.stages; }
  constexpr int bytes() const { return barriers_offset() + barriers() * 8; }
};

// Blocks of 128 outputs that a tile of tile_n columns, starting at any multiple of tile_n, can
// meet. At most 2 if tile_n <= 128 + gcd(tile_n, 128), as every tile that is built has it.
constexpr int b_scale_rows(int tile_n) { return 128 % tile_n == 0 ? 1 : 2; }

// A group may be overwritten once a stage of a later k-block than its last has been filled again:
// `stages` k-blocks later, and so a group later for each of the shortest groups among them. k = 0:
// any K.
constexpr int scale_groups(int k, int stages) {
  const int rest = ceil_div(k, kBlockK) % NormalLayout::kScaleBlocks;
  const int shortest = k == 0 ? 1 : rest == 0 ? NormalLayout::kScaleBlocks : rest;
  return 1 + ceil_div(stages - 1, shortest);
}

constexpr NormalLayout normal_layout(int tile_m, int tile_n, int warpgroups, int stages, int k) {
  return {{tile_m, tile_n, 1, stages, 0}, warpgroups, scale_groups(k, stages)};
}

}  // namespace jitgemm
