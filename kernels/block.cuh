// What every policy knows of the block: the problem, the page's layout and constants derived from
// it.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/params.h>
#include <jitgemm/types.cuh>

// N and K are constants of the page, or, where it says 0, come with the launch: such a kernel is
// generic and serves every shape.
JITGEMM_DEVICE int n_of(const Params& p) { return kN ? kN : p.n; }
JITGEMM_DEVICE int k_of(const Params& p) { return kK ? kK : p.k; }
// The last block may be short.
JITGEMM_DEVICE int blocks_of_k(const Params& p) { return ceil_div(k_of(p), kBlockK); }

constexpr Ring kRing = kLayout.ring;
constexpr int kConsumerWarps = kLayout.consumers() / kWarp;
constexpr int kWaves = kLayout.waves();               // accumulator tiles of a warpgroup, in turn
constexpr int kGroups = kLayout.columns() / 8;        // groups of 8 columns of wgmma's N side
constexpr int kAccumulators = kLayout.columns() / 2;  // registers of one wgmma

// Whether the page's constants say that no tile reaches beyond N, and no stage beyond K.
constexpr bool kWholeTiles = kN != 0 && kN % kTileN == 0;
constexpr bool kWholeStages = kK != 0 && kK % (kRing.k_blocks * kBlockK) == 0;

using Sums = float[kWaves][kAccumulators];  // a thread's part of D in fp32

// 8 outputs of one token, and the group that they belong to.
struct Piece {
  int group, token, output;
};

// The part of D that a block makes, and the part of K that it adds up for it.
struct Tile {
  int m0, n0;        // first token, first output
  int first, count;  // steps of K: a step is one stage's k-blocks
  int rank;          // of this block among the blocks that share the tile's K

  JITGEMM_DEVICE int k_block(int step) const { return (first + step) * kRing.k_blocks; }
};
