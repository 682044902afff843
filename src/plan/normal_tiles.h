// The tiles of the normal form, and what they cost.
#pragma once

namespace jitgemm::plan {

// Of an H200 whose SMs all work on such tiles: a round of tiles, and each of its k-blocks.
struct NormalTile {
  int tile_m, tile_n, warpgroups;
  double round_us, k_block_us;
};

// Tiles that ptxas compiles without a spill and that win somewhere (kernels/notes/027). The times
// are fitted to what tests/gpu/programs/time_candidates writes.
constexpr NormalTile kNormalTiles[] = {
    {64, 64, 1, 0.50, 0.190},   {64, 128, 1, 0.62, 0.313},  {128, 64, 2, 0.52, 0.274},
    {128, 96, 2, 0.71, 0.374},  {128, 128, 2, 0.73, 0.458}, {128, 144, 2, 1.21, 0.569},
    {128, 160, 2, 0.95, 0.571}, {128, 192, 2, 1.00, 0.652}, {192, 64, 3, 0.57, 0.382},
    {192, 96, 3, 0.80, 0.527},  {192, 128, 3, 0.94, 0.632}, {256, 128, 2, 1.40, 0.895},
};

}  // namespace jitgemm::plan
