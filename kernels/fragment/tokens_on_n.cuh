// The fragment map where weights take wgmma's M side and tokens its N side: a handful of tokens
// fills the tensor cores.
//
// A warpgroup has 64 outputs and all tokens of the tile. A thread's element i of group g is
//   token  = 8g + 2 * (lane % 4) + i % 2        output = 16 * warp + lane / 4 + 8 * (i / 2)
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ptx/wgmma.cuh>

struct Fragment {
  static constexpr int kTokens = 2 * kGroups;  // of one thread
  int output;                                  // the warp's first, in the tile
  int lane;

  JITGEMM_DEVICE Fragment(int warp, int lane) : output(warp * 16), lane(lane) {}

  // The warpgroup's first rows of the tiles of A and B.
  JITGEMM_DEVICE int first_token() const { return 0; }
  JITGEMM_DEVICE int first_weight() const { return output / kWaveRows * kWaveRows; }

  JITGEMM_DEVICE static void multiply(float (&accumulators)[kAccumulators], u64 tokens,
                                      u64 weights) {
    multiply_block(accumulators, weights, tokens);
  }

  // The scales of the thread's tokens, from those of the tile.
  JITGEMM_DEVICE void load_token_scales(float (&scales)[kTokens], u32 slot) const {
#pragma unroll
    for (int g = 0; g < kGroups; ++g) {
      const float2v pair = load_shared2(slot + (g * 8 + lane % 4 * 2) * 4);
      scales[2 * g] = pair.x;
      scales[2 * g + 1] = pair.y;
    }
  }
  static constexpr int token_index(int g, int i) { return 2 * g + i % 2; }
  JITGEMM_DEVICE int output_of(int /*g*/, int i) const { return output + lane / 4 + i / 2 * 8; }

  // Groups are staged as rows of one token and 16 outputs: where a lane's row of a group stands
  // that is the `owned`-th of the block, and what a row holds in one of its halves.
  static constexpr bool kTransposed = true;
  JITGEMM_DEVICE int staging_row(int owned) const { return owned * 8 + lane % 8; }
  JITGEMM_DEVICE int staging_half(int /*owned*/) const { return lane / 8 % 2; }
  JITGEMM_DEVICE Piece piece(int first_group, int row, int half) const {
    const int group = first_group + row / 8;
    return {group, group * 8 + row % 8, output + half * 8};
  }
};
