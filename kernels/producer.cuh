// The tile warp of both forms: one lane issues the TMA loads.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ring.cuh>

// Called by one thread. B before A: TMA serves loads in order, and B is what keeps the memory busy.
JITGEMM_DEVICE void produce_tiles(const BlockRing& ring, Schedule schedule, const TensorMap* a,
                                  const TensorMap* b, ScaleLoader scales, const Params& p) {
  const auto weight_policy = LoadB::policy();
  const auto activation_policy = LoadB::activation_policy();
  const int asked_before = LoadB::asked_before(p);
  wait_for_predecessor();
  Cursor at;
  for (Tile tile; schedule.take(tile);) {
#pragma unroll 1
    for (int step = 0; step < tile.count; ++step, at.advance()) {
      ring.wait_empty(at, step);
      if (const int bytes = scales.bytes(step)) expect(ring.full(at.stage), bytes);
      if (!Schedule::kOneTile || step >= asked_before)
        LoadB::load(ring, tile, b, p, step, at.stage, weight_policy);
      LoadA::load(ring, at.stage, a, tile.k_block(step), tile.m0, activation_policy);
      scales.load(tile, step, at.stage);
      LoadB::activations_asked_for(ring, step);
    }
  }
  release_successor();  // may already have been issued in the prologue; repeating it has no effect
}
