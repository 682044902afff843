// Persistent blocks: each takes every gridDim.x-th tile. Tiles are walked in groups of kRasterGroup
// columns, row by row, so that A and B stay in L2.
#pragma once

#include <jitgemm/block.cuh>

constexpr int kRasterGroup = 8;  // columns of tiles

// If N is a constant of the page, take() divides by constants only: it delays the next tile.
struct Schedule {
  static constexpr bool kOneTile = false;
  const Params& p;
  int rows;
  int first = 0, inside = blockIdx.x;  // first column of the group, the tile's place in it

  JITGEMM_DEVICE explicit Schedule(const Params& p) : p(p), rows(ceil_div(p.m, kTileM)) {}

  JITGEMM_DEVICE bool take(Tile& tile) {
    const int columns = ceil_div(n_of(p), kTileN), whole = columns / kRasterGroup * kRasterGroup;
#pragma unroll 1
    while (first < whole && inside >= kRasterGroup * rows) {
      inside -= kRasterGroup * rows;
      first += kRasterGroup;
    }
    const int rest = columns - whole;
    if (first == whole && inside >= rest * rows) return false;
    const int width = first < whole ? kRasterGroup : rest;
    const int row = first < whole ? inside / kRasterGroup : u32(inside) / u32(max(rest, 1));
    tile = {round_up(kRing.first_token(row, p.m), 4), (first + inside - row * width) * kTileN, 0,
            blocks_of_k(p), 0};
    inside += gridDim.x;
    return true;
  }
};
