// Weights by TMA, a stage at a time, once the predecessor has ended.
#pragma once

#include <jitgemm/load/activations_tma.cuh>

struct LoadB {
  // Steps whose weights were asked for before the activations may be read.
  JITGEMM_DEVICE static int asked_before(const Params&) { return 0; }
  // Blocks share both operands; an L2 policy for them takes 1 to 3 % longer.
  JITGEMM_DEVICE static Unhinted policy() { return {}; }
  JITGEMM_DEVICE static Unhinted activation_policy() { return {}; }

  // Arms the full barrier of a stage for the bytes of both operands, and issues the weights' loads.
  JITGEMM_DEVICE static void load(const BlockRing& ring, const Tile& tile, const TensorMap* b,
                                  const Params& p, int step, int stage, Unhinted policy) {
    arrive_expecting(ring.full(stage), LoadA::bytes(p) + kRing.stage_b_bytes());
    ring.load_tiles(ring.b_tiles(stage), kRing.b_block_bytes(), b, ring.full(stage),
                    tile.k_block(step), tile.n0, policy);
  }

  JITGEMM_DEVICE static void activations_asked_for(const BlockRing&, int) {}
  // Consumers: waits for weights that do not arrive at the full barrier.
  JITGEMM_DEVICE static void wait(const BlockRing&, int, int) {}
};
