// The ring of stages between producers and consumers, and when a stage may be touched.
//
// A stage is full once its tiles and its scales have landed; it is empty once every consumer
// has read it.
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/ptx/copy.cuh>

// Whether a stage is filled again after it has been read. Where the page says K, a block of one
// tile may have a stage for each step.
constexpr bool kRefills =
    !Schedule::kOneTile || kK == 0 ||
    ceil_div(ceil_div(ceil_div(kK, kBlockK), kRing.k_blocks), kSplit) > kStages;

// A position in the ring: the stage, and the parity of its phase.
struct Cursor {
  int stage = 0;
  u32 parity = 0;

  JITGEMM_DEVICE void advance() {
    if (++stage == kStages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

// The ring of one block: addresses in its shared memory.
struct BlockRing {
  u32 shared;     // start of the block's shared memory
  bool releases;  // whether this consumer thread arrives when a stage is released

  JITGEMM_DEVICE u32 a_tiles(int stage) const { return shared + stage * kRing.stage_bytes(); }
  JITGEMM_DEVICE u32 b_tiles(int stage) const { return a_tiles(stage) + kRing.b_offset(); }
  // Of k-block j of a stage.
  JITGEMM_DEVICE u32 scales(int stage, int j) const {
    return shared + kRing.scales_offset() + stage * kRing.stage_scale_bytes() +
           j * kRing.block_scales * 4;
  }
  JITGEMM_DEVICE u32 full(int stage) const {
    return shared + kLayout.barriers_offset() + stage * 8;
  }
  JITGEMM_DEVICE u32 empty(int stage) const { return full(kStages + stage); }
  JITGEMM_DEVICE u32 extra(int i) const { return full(2 * kStages + i); }  // of the form

  // Called by all lanes of one warp. `arrivals` fill a stage beside the bytes of its tiles, and
  // `releases` empty it.
  JITGEMM_DEVICE void init(int lane, int arrivals, int releases) const {
    static_assert(kStages <= kWarp);
    if (lane < kStages) {
      init_barrier(full(lane), arrivals);
      init_barrier(empty(lane), releases);
    }
  }

  // Until the stage may be filled, for a step of a tile.
  JITGEMM_DEVICE void wait_empty(const Cursor& at, int step) const {
    if (kRefills && (!Schedule::kOneTile || step >= kStages)) wait(empty(at.stage), at.parity ^ 1);
  }

  // Called by all consumers, which have read the stage. A predicate, and no branch: a branch here
  // costs 8 % of the main loop.
  JITGEMM_DEVICE void release(int stage) const {
    if (!kRefills) return;
    if (!Schedule::kOneTile) __syncwarp();
    if (releases) arrive(empty(stage));
  }

  // Called by one thread: issues the TMA loads of one operand's k-blocks in a stage, from `tiles`
  // on, `block_bytes` apart. They arrive at `barrier`.
  template <typename Policy>
  JITGEMM_DEVICE static void load_tiles(u32 tiles, int block_bytes, const TensorMap* map,
                                        u32 barrier, int k_block, int row, Policy policy) {
#pragma unroll
    for (int j = 0; j < kRing.k_blocks; ++j)
      load_tile(tiles + j * block_bytes, map, barrier, (k_block + j) * kBlockK, row, policy);
  }
};
