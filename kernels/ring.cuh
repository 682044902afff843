// The ring of stages between producers and consumers, and when a stage may be touched.
//
// A stage is full once its tiles and its scales have landed; it is empty once every consumer
// thread has read it.
#pragma once

#include <jitgemm/block.cuh>
#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/ptx/copy.cuh>

namespace jitgemm {

// The ring of one block: addresses in its shared memory.
struct BlockRing {
  u32 shared;  // start of the block's shared memory

  JITGEMM_DEVICE u32 a_tiles(int stage) const { return shared + stage * kRing.stage_bytes(); }
  JITGEMM_DEVICE u32 b_tiles(int stage) const { return a_tiles(stage) + kRing.b_offset(); }
  JITGEMM_DEVICE u32 scales(int stage) const {
    return shared + kRing.scales_offset() + stage * kRing.stage_scale_bytes();
  }
  JITGEMM_DEVICE u32 full(int stage) const {
    return shared + kLayout.barriers_offset() + stage * 8;
  }
  JITGEMM_DEVICE u32 empty(int stage) const { return full(kStages + stage); }
  JITGEMM_DEVICE u32 extra(int i) const { return full(2 * kStages + i); }  // of the form

  // Called by all lanes of one warp. `arrivals` fill a stage beside the bytes of its tiles.
  JITGEMM_DEVICE void init(int lane, int arrivals) const {
    static_assert(kStages <= kWarp);
    if (lane < kStages) {
      init_barrier(full(lane), arrivals);
      init_barrier(empty(lane), kLayout.consumers());
    }
  }

  // Called by one thread: issues the TMA loads of one operand's k-blocks in a stage, from `tiles`
  // on, `block_bytes` apart. They arrive at `barrier`.
  JITGEMM_DEVICE static void load_tiles(u32 tiles, int block_bytes, const TensorMap* map,
                                        u32 barrier, int k_block, int row, u64 policy) {
#pragma unroll
    for (int j = 0; j < kRing.k_blocks; ++j)
      load_tile(tiles + j * block_bytes, map, barrier, (k_block + j) * kBlockK, row, policy);
  }
};

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

}  // namespace jitgemm
