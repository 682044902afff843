// Weights that leave as early as possible: a stream of cold weights is what a launch over few
// tokens takes its time for. Weights may be read while the predecessor runs; nothing else may.
//
//   stages_fetched  first stages, copied by the consumers' threads: cp.async needs neither a tensor
//                   map nor a barrier, and so starts before the first TMA load can
//   stages_ahead    stages up to here: TMA loads issued in the prologue
//   kFillRing       the stages behind those, a few at a time, while the predecessor runs
//
// With kFillRing the first round of weights arrives at barriers of its own, so that it is known how
// many loads are on their way.
#pragma once

#include <jitgemm/load/activations_tma.cuh>

struct LoadB {
  JITGEMM_DEVICE static u32 activations_asked(const BlockRing& ring) { return ring.extra(1); }
  JITGEMM_DEVICE static u32 landed(const BlockRing& ring, int stage) {
    return ring.extra(2 + stage);
  }
  // Clamps a stage count chosen for the longest K slice to the steps this block's slice has.
  JITGEMM_DEVICE static int at_most(int stages, const Tile& tile) {
    return min(stages, tile.count);
  }

  JITGEMM_DEVICE static int asked_before(const Params& p) {
    return kFillRing ? kStages : p.stages_ahead;
  }
  // A block's weights pass through the L2 once.
  JITGEMM_DEVICE static u64 policy() { return evict_first(); }
  JITGEMM_DEVICE static u64 activation_policy() { return evict_last(); }  // many blocks read them

  // Arms the full barrier of a stage for the bytes of both operands, and issues the weights' loads.
  JITGEMM_DEVICE static void load(const BlockRing& ring, const Tile& tile, const TensorMap* b,
                                  const Params& p, int step, int stage, u64 policy) {
    const bool apart = kFillRing && step < kStages;
    arrive_expecting(ring.full(stage), LoadA::bytes(p) + (apart ? 0 : kRing.stage_b_bytes()));
    if (apart) arrive_expecting(landed(ring, stage), kRing.stage_b_bytes());
    ring.load_tiles(ring.b_tiles(stage), kRing.b_block_bytes(), b,
                    apart ? landed(ring, stage) : ring.full(stage), tile.k_block(step), tile.n0,
                    policy);
  }

  JITGEMM_DEVICE static void init(const BlockRing& ring, int lane) {
    if (!kFillRing) return;
    if (lane == 0) init_barrier(activations_asked(ring), 1);
    if (lane < kStages) init_barrier(landed(ring, lane), 1);
  }

  // Called by the consumers: the first stages, swizzled as TMA does it; zero outside the matrix.
  JITGEMM_DEVICE static void fetch(const BlockRing& ring, const Tile& tile, const Params& p);

  // Waits for what fetch() has copied, and makes it visible to the tensor cores.
  JITGEMM_DEVICE static void wait_fetched() {
    wait_copies();
    fence_shared_for_copies();
    sync_threads(1, kLayout.consumers());
  }

  // Called by one thread in the prologue: arms the fetched stages, and issues the loads up to
  // stages_ahead.
  JITGEMM_DEVICE static void start(const BlockRing& ring, const Tile& tile, const TensorMap* b,
                                   const Params& p) {
#pragma unroll 1
    for (int step = 0; step < at_most(p.stages_fetched, tile); ++step) {
      arrive_expecting(ring.full(step), LoadA::bytes(p));
      if (kFillRing) arrive(landed(ring, step));
    }
#pragma unroll 1
    for (int step = p.stages_fetched; step < at_most(p.stages_ahead, tile); ++step)
      load(ring, tile, b, p, step, step, evict_first());
  }

  // Called by one consumer, which is idle while the predecessor runs: the other stages of the first
  // round. The activations will queue behind all weights that are on their way, so these stay few
  // until the activations are asked for.
  JITGEMM_DEVICE static void fill(const BlockRing& ring, const Tile& tile, const TensorMap* b,
                                  const Params& p) {
    const u64 once = evict_first();
    const int few = max(1, p.stages_ahead - p.stages_fetched);
#pragma unroll 1
    for (int step = p.stages_ahead; step < min(kStages, tile.count); ++step) {
      while (!has_passed(landed(ring, step - few), 0) && !has_passed(activations_asked(ring), 0)) {
      }
      load(ring, tile, b, p, step, step, once);
    }
  }

  JITGEMM_DEVICE static void activations_asked_for(const BlockRing& ring, int step) {
    if (kFillRing && step == 0) arrive(activations_asked(ring));
  }
  // Consumers: waits for weights that do not arrive at the full barrier.
  JITGEMM_DEVICE static void wait(const BlockRing& ring, int stage, int step) {
    if (kFillRing && step < kStages) ::wait(landed(ring, stage), 0);
  }
};

JITGEMM_DEVICE void LoadB::fetch(const BlockRing& ring, const Tile& tile, const Params& p) {
  constexpr int kChunks = kBlockK / 16;                 // of 16 bytes in a row
  constexpr int kRows = kLayout.consumers() / kChunks;  // that the threads copy at once
  const u64 once = evict_first();
  const int row = threadIdx.x / kChunks, chunk = threadIdx.x % kChunks;
  const u32 to = row * kBlockK + ((chunk ^ row % kChunks) << 4);
  const long long rows_apart = kRows * p.ldb;
  int k = tile.k_block(0) * kBlockK + chunk * 16;
  const unsigned char* stage = p.b + (tile.n0 + row) * p.ldb + k;
#pragma unroll 1
  for (int step = 0; step < at_most(p.stages_fetched, tile); ++step) {
    const unsigned char* from = stage;
#pragma unroll
    for (int r = 0; r < kTileN; r += kRows) {
#pragma unroll
      for (int j = 0; j < kKBlocks; ++j)
        copy_chunk(ring.b_tiles(step) + j * kRing.b_block_bytes() + r * kBlockK + to,
                   from + j * kBlockK,
                   (kWholeTiles || tile.n0 + row + r < n_of(p)) &&
                       (kWholeStages || k + j * kBlockK < k_of(p)),
                   once);
      from += rows_apart;
      make_opaque(from);  // without this every row's address is a product of its own
    }
    stage += kKBlocks * kBlockK;
    k += kKBlocks * kBlockK;
  }
}
