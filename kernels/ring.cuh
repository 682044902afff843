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

  // Asks for the scales of the same k-blocks; called by all lanes of one warp. A lane copies so
  // many rows of A at once where they stand side by side, aligned, which is so in the MN-major
  // layout alone: the other one's blocks are one float apart.
  template <int Rows>  // 1 or 4
  JITGEMM_DEVICE void load_scales(int stage, const Params& p, int kb, int m0, int n0,
                                  int lane) const {
    if (Rows > 1 && p.a_scale.block_stride % Rows == 0 && m0 % Rows == 0)
      load_a_scales<Rows>(stage, p, kb, m0, lane);
    else
      load_a_scales<1>(stage, p, kb, m0, lane);
    load_b_scales(stage, p, kb, n0, lane);
    arrive_after_copies(full(stage));
  }

  // All k-blocks that the warp covers are one request.
  template <int Rows>
  JITGEMM_DEVICE void load_a_scales(int stage, const Params& p, int kb, int m0, int lane) const {
    constexpr int kLanes = kRing.tile_m / Rows;  // of one k-block
    constexpr int kAtOnce = kRing.blocks_covered(kLanes);
    const int block = kAtOnce == 1 ? 0 : lane / kLanes;
    const int first = (lane - block * kLanes) * Rows;
    if (block >= kAtOnce) return;
#pragma unroll
    for (int j = block; j < block + kRing.k_blocks; j += kAtOnce) {
      const u32 slots = scales(stage) + j * kRing.block_scales() * 4;
      const float* from =
          p.a_scale.base + (m0 + first) * p.a_scale.row_stride + (kb + j) * p.a_scale.block_stride;
      const bool there = kb + j < blocks_of_k(p);
#pragma unroll kRing.tile_m> 128 * Rows ? 1 : 4
      for (int row = first; row < kRing.tile_m;
           row += kWarp * Rows, from += kWarp * Rows * p.a_scale.row_stride) {
        if constexpr (Rows == 1)
          copy_word(slots + row * 4, from, there && m0 + row < p.m);
        else
          copy_four_words(slots + row * 4, from, there ? p.m - m0 - row : 0);
      }
    }
  }
  JITGEMM_DEVICE void load_b_scales(int stage, const Params& p, int kb, int n0, int lane) const {
    constexpr int kRows = kRing.b_scale_rows, kAtOnce = kRing.blocks_covered(kRows);
    const int block = kAtOnce == 1 ? 0 : lane / kRows, row = lane - block * kRows;
    if (block >= kAtOnce || row >= kRows) return;
#pragma unroll
    for (int j = block; j < block + kRing.k_blocks; j += kAtOnce) {
      const int k_block = kb + j;
      const int block_row = min(n0 / 128 + row, ceil_div(n_of(p), 128) - 1);
      copy_word(scales(stage) + (j * kRing.block_scales() + kRing.tile_m + row) * 4,
                p.b_scale + static_cast<long long>(block_row) * blocks_of_k(p) + k_block,
                k_block < blocks_of_k(p));
    }
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
