// D by the threads: a warp turns its fragments into rows in shared memory, of one token and 16
// outputs each, and writes full sectors, two lanes a row.
#pragma once

#include <jitgemm/split_k/cluster.cuh>

// The two halves of a row are swizzled.
JITGEMM_DEVICE u32 staging_address(u32 staging, int row, int half) {
  return staging + row * 32 + ((half ^ (row >> 2 & 1)) << 4);
}

JITGEMM_DEVICE void store(const float (&sums)[kAccumulators], u32 staging, const Tile& tile,
                          const Params& p, const Fragment& fragment) {
  unroll<kGroups>([&](auto index) {
    constexpr int g = decltype(index)::value;
    if (!owns(tile, g)) return;
    store_matrix2<Fragment::kTransposed>(staging_address(staging, fragment.staging_row(g % kOwned),
                                                         fragment.staging_half(g % kOwned)),
                                         pack_bf16(sums[4 * g], sums[4 * g + 1]),
                                         pack_bf16(sums[4 * g + 2], sums[4 * g + 3]));
  });
  __syncwarp();
#pragma unroll
  for (int first = 0; first < kLayout.staging_rows_per_warp(); first += 16) {
    const int row = first + fragment.lane / 2, half = fragment.lane % 2;
    const Piece piece = fragment.piece(tile.rank * kOwned, row, half);
    const int m = tile.m0 + piece.token, n = tile.n0 + piece.output;
    if (owns(tile, piece.group) && m < p.m && n < n_of(p))
      store_global16(p.d + m * p.ldd + n, load_shared4(staging_address(staging, row, half)));
  }
}
