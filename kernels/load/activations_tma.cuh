// Activations by TMA, e4m3 as the tensor cores take them.
#pragma once

#include <jitgemm/ring.cuh>

struct LoadA {
  static constexpr int kArrivals = 0;  // at a stage's full barrier, beside the bytes

  // Bytes that fill a stage.
  JITGEMM_DEVICE static int bytes(const Params& p) { return kRing.arriving_a_bytes(p.m); }

  // Called by one thread.
  template <typename Policy>
  JITGEMM_DEVICE static void load(const BlockRing& ring, int stage, const TensorMap* a, int k_block,
                                  int m0, Policy policy) {
    ring.load_tiles(ring.a_tiles(stage), kRing.a_block_bytes(), a, ring.full(stage), k_block, m0,
                    policy);
  }
};
