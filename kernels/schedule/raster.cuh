// Persistent blocks: each takes every gridDim.x-th tile. Tiles are walked in groups of kRasterGroup
// columns, row by row, so that A and B stay in L2.
#pragma once

#include <jitgemm/block.cuh>

namespace jitgemm {

constexpr int kRasterGroup = 8;  // columns of tiles

struct Schedule {
  static constexpr bool kOneTile = false;
  const Params& p;
  int rows, columns;
  int next = blockIdx.x;

  JITGEMM_DEVICE explicit Schedule(const Params& p)
      : p(p), rows(ceil_div(p.m, kTileM)), columns(ceil_div(n_of(p), kTileN)) {}

  JITGEMM_DEVICE bool take(Tile& tile) {
    if (next >= rows * columns) return false;
    const int group = next / (kRasterGroup * rows), inside = next % (kRasterGroup * rows);
    const int first = group * kRasterGroup, width = min(kRasterGroup, columns - first);
    tile = {kRing.first_token(inside / width, p.m), (first + inside % width) * kTileN, 0,
            blocks_of_k(p), 0};
    next += gridDim.x;
    return true;
  }
};

}  // namespace jitgemm
