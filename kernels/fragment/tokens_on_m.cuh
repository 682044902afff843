// The fragment map where tokens take wgmma's M side and weights its N side: tiles of whole waves of
// 64 tokens.
//
// A warpgroup has waves of 64 tokens, one after the other. A thread's element i of group g is
//   token  = 16 * (warp % 4) + lane / 4 + 8 * (i / 2)        output = 8g + 2 * (lane % 4) + i % 2
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ptx/wgmma.cuh>

struct Fragment {
  static constexpr int kTokens = 2;  // of one thread in a wave
  int token, output;                 // the warp's first, in the tile
  int lane;

  JITGEMM_DEVICE Fragment(int warp, int lane) : lane(lane) {
    constexpr int kBeside = kLayout.token_warpgroups();  // warpgroups side by side along the tokens
    const int warpgroup = warp / 4;
    const int along = kBeside == kLayout.warpgroups() ? warpgroup : warpgroup % kBeside;
    token = along * kWaves * kWaveRows + warp % 4 * 16;
    output = kBeside == kLayout.warpgroups() ? 0 : warpgroup / kBeside * kLayout.columns();
  }

  // The warpgroup's first rows of the tiles of A and B.
  JITGEMM_DEVICE int first_token() const { return token / kWaveRows * kWaveRows; }
  JITGEMM_DEVICE int first_weight() const { return output; }

  JITGEMM_DEVICE static void multiply(float (&accumulators)[kAccumulators], u64 tokens,
                                      u64 weights) {
    multiply_block(accumulators, tokens, weights);
  }

  // The thread's token `t` in a wave.
  JITGEMM_DEVICE int token_of(int wave, int t) const {
    return token + wave * kWaveRows + lane / 4 + t * 8;
  }
  // The scales of the thread's tokens, from those of the tile.
  JITGEMM_DEVICE void load_token_scales(float (&scales)[kTokens], u32 slot) const {
#pragma unroll
    for (int t = 0; t < kTokens; ++t) scales[t] = load_shared(slot + token_of(0, t) * 4);
  }
  static constexpr int token_index(int /*g*/, int i) { return i / 2; }
  JITGEMM_DEVICE int output_of(int g, int i) const { return output + g * 8 + lane % 4 * 2 + i % 2; }

  // Groups are staged as rows of one token and 16 outputs, two groups a row: where a lane's row of
  // a group stands that is the `owned`-th of the block, and what a row holds in one of its halves.
  static constexpr bool kTransposed = false;
  JITGEMM_DEVICE int staging_row(int owned) const { return owned / 2 * 16 + lane % 16; }
  JITGEMM_DEVICE int staging_half(int owned) const { return owned % 2; }
  JITGEMM_DEVICE Piece piece(int first_group, int row, int half) const {
    const int group = first_group + row / 16 * 2 + half;
    return {group, token + row % 16, output + group * 8};
  }
};
