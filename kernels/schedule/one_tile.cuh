// One tile a cluster: its kSplit blocks share K, and each block leaves when it is done. The tile is
// known from the block's index, before anything has been read.
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/grid.cuh>

struct Schedule {
  static constexpr bool kOneTile = true;
  Tile tile;
  bool more = true;

  JITGEMM_DEVICE explicit Schedule(const Params& p) {
    const int steps = ceil_div(blocks_of_k(p), kRing.k_blocks);  // that cover K
    tile.rank = kSplit == 1 ? 0 : rank_in_cluster();
    tile.m0 = kRing.first_token(blockIdx.y, p.m);
    tile.n0 = static_cast<int>(blockIdx.x / kSplit) * kTileN;
    tile.first = slice_begin(tile.rank, kSplit, steps);
    tile.count = slice_begin(tile.rank + 1, kSplit, steps) - tile.first;
  }

  JITGEMM_DEVICE bool take(Tile& next) {
    next = tile;
    const bool taken = more;
    more = false;
    return taken;
  }
};
