// The two producer warps of both forms: one lane of the tile warp issues TMA loads, the scale warp
// copies scales.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ring.cuh>

namespace jitgemm {

// Called by one thread. B before A: TMA serves loads in order, and B is what keeps the memory busy.
JITGEMM_DEVICE void produce_tiles(const BlockRing& ring, Schedule schedule, const TensorMap* a,
                                  const TensorMap* b, const Params& p) {
  const u64 weight_policy = LoadB::policy(), kept = evict_last();
  const int asked_before = LoadB::asked_before(p);
  wait_for_predecessor();
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int step = 0; step < tile.count; ++step, at.advance()) {
      if (!Schedule::kOneTile || step >= kStages) wait(ring.empty(at.stage), at.parity ^ 1);
      if (!Schedule::kOneTile || step >= asked_before)
        LoadB::load(ring, tile, b, p, step, at.stage, weight_policy);
      LoadA::load(ring, at.stage, a, tile.k_block(step), tile.m0, kept);
      LoadB::activations_asked_for(ring, step);
    }
  }
  release_successor();  // may already have been issued in the prologue; repeating it has no effect
}

// Called by all lanes of the scale warp.
JITGEMM_DEVICE void produce_scales(const BlockRing& ring, Schedule schedule, const Params& p,
                                   int lane) {
  wait_for_predecessor();
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int step = 0; step < tile.count; ++step, at.advance()) {
      if (!Schedule::kOneTile || step >= kStages) wait(ring.empty(at.stage), at.parity ^ 1);
      Scales::load(ring, at.stage, p, tile.k_block(step), tile.m0, tile.n0, lane);
    }
  }
}

}  // namespace jitgemm
