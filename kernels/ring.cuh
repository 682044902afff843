// The ring of stages between producers and consumers, and who may touch a stage when.
//
// A stage is full once its tiles (copy engine) and its scales (32 lanes of the scale warp) have
// landed; it is empty once every consumer thread has read it. Both forms share this file; the page
// brings the constants.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/params.h>
#include <jitgemm/problem.cuh>
#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/ptx/copy.cuh>
#include <jitgemm/types.cuh>

namespace jitgemm {

// Where the ring of one block is. Addresses of stages are computed from kRing, the page's Ring.
template <class Layout>
struct RingView {
  static constexpr Ring kRing = Layout::value.ring;
  u32 shared;  // start of the block's shared memory

  JITGEMM_DEVICE u32 a_tiles(int stage) const { return shared + stage * kRing.stage_bytes(); }
  JITGEMM_DEVICE u32 b_tiles(int stage) const { return a_tiles(stage) + kRing.b_offset(); }
  JITGEMM_DEVICE u32 scales(int stage) const {
    return shared + kRing.scales_offset() + stage * kRing.stage_scale_bytes();
  }
  JITGEMM_DEVICE u32 full(int stage) const {
    return shared + Layout::value.barriers_offset() + stage * 8;
  }
  JITGEMM_DEVICE u32 empty(int stage) const { return full(kRing.stages + stage); }

  // By all lanes of one warp; kRing.stages <= 32.
  JITGEMM_DEVICE void init(int lane, int consumers) const {
    if (lane < kRing.stages) {
      init_barrier(full(lane), 1 + kWarp);
      init_barrier(empty(lane), consumers);
    }
  }

  // Of A's tiles in a stage: a box has no more rows than there are tokens.
  JITGEMM_DEVICE static int a_bytes(const Params& p) {
    return kRing.k_blocks * min(p.m, kRing.tile_m) * kBlockK;
  }

  // Asks for the tiles of k-blocks kb .. kb + k_blocks - 1; called by one thread, B before A: the
  // copy engine serves in order, and B is what the memory system has to be kept busy with.
  JITGEMM_DEVICE void load_b(int stage, const TensorMap* b, u32 barrier, int kb, int n0,
                             u64 policy) const {
#pragma unroll
    for (int j = 0; j < kRing.k_blocks; ++j)
      load_tile(b_tiles(stage) + j * kRing.b_block_bytes(), b, barrier, (kb + j) * kBlockK, n0,
                policy);
  }
  JITGEMM_DEVICE void load_a(int stage, const TensorMap* a, int kb, int m0, u64 policy) const {
#pragma unroll
    for (int j = 0; j < kRing.k_blocks; ++j)
      load_tile(a_tiles(stage) + j * kRing.a_block_bytes(), a, full(stage), (kb + j) * kBlockK, m0,
                policy);
  }

  // Asks for the scales of the same k-blocks; called by all lanes of one warp. Each lane has a
  // (k-block, row) of its own, so that few tokens' scales of a stage are one request.
  JITGEMM_DEVICE void load_scales(int stage, const Params& p, int kb, int m0, int n0,
                                  int lane) const {
    constexpr int kAScales = kRing.k_blocks * kRing.tile_m;
    constexpr int kBScales = kRing.k_blocks * kRing.b_scale_rows;
    const int blocks = blocks_of_k(p);
#pragma unroll kAScales> 128 ? 1 : 4
    for (int i = lane; i < kAScales; i += kWarp) {
      const int j = i / kRing.tile_m, row = i % kRing.tile_m;
      copy_word(
          scales(stage) + (j * kRing.block_scales() + row) * 4,
          p.a_scale.base + (m0 + row) * p.a_scale.row_stride + (kb + j) * p.a_scale.block_stride,
          kb + j < blocks && m0 + row < p.m);
    }
    if (lane < kBScales) {
      const int j = lane / kRing.b_scale_rows, row = lane % kRing.b_scale_rows;
      const int block_row = min(n0 / 128 + row, ceil_div(n_of(p), 128) - 1);
      copy_word(scales(stage) + (j * kRing.block_scales() + kRing.tile_m + row) * 4,
                p.b_scale + static_cast<long long>(block_row) * blocks + kb + j, kb + j < blocks);
    }
    arrive_after_copies(full(stage));
  }
};

// A position in the ring: the stage, and the parity of its phase.
template <int Stages>
struct Cursor {
  int stage = 0;
  u32 parity = 0;

  JITGEMM_DEVICE void advance() {
    if (++stage == Stages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

}  // namespace jitgemm
