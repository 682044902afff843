// D^T = B * A^T: the swapped form, for few tokens.
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (wgmma over 128 of K)
//
// The weights take wgmma's M side (64 rows a warpgroup) and the tokens its N side (groups of 8), so
// that a handful of tokens fills the tensor cores and the kernel is a stream of the weight. A tile
// of 64 or 128 tokens fills the M side as well and takes it: a thread then has two tokens instead
// of sixteen, whose scales are all that it needs. The fragment map of the page says which.
//
//   warps 0..4W-1   fetch the first weights and, with kFillRing, fill the ring; then multiply,
//                   promote in fp32, reduce over the cluster, store     (W warpgroups)
//   tile warp       one lane issues the TMA loads of weights and activations
//   scale warp      copies the scales, from either layout
//
// A cluster of kSplit blocks shares a tile's K. One block makes one tile and leaves.
#pragma once

#include <jitgemm/mainloop.cuh>
#include <jitgemm/producer.cuh>
#include <jitgemm/split_k/cluster.cuh>
#include <jitgemm/store/direct.cuh>

// Prologue of the tile warp, before the block-wide barrier: initialises the mbarriers and issues
// the first weight loads.
JITGEMM_DEVICE void start(const BlockRing& ring, const Tile& tile, const TensorMap* a,
                          const TensorMap* b, const Params& p, int lane) {
  if (lane == 0) {
    prefetch(b);
    prefetch(a);
    if (kSplit > 1) init_barrier(Partials::barrier_of(ring), 1);
  }
  ring.init(lane, 1 + LoadA::kArrivals + kWarp, kLayout.consumers());
  LoadB::init(ring, lane);
  publish_barriers();
  __syncwarp();
  if (kSplit > 1) arrive_at_cluster();
  if (lane == 0) {
    if (kSplit > 1) Partials::expect(ring, tile);
    LoadB::start(ring, tile, b, p);
    if (p.release_early) release_successor();
  }
}

JITGEMM_DEVICE void consume(const BlockRing& ring, Tile tile, const TensorMap* b, const Params& p,
                            int warp, int lane) {
  // Without this the compiler computes them again in the epilogue, from the block's index.
  make_opaque(tile.m0);
  make_opaque(tile.n0);

  Sums sums = {};
  if (kFillRing && warp == 0) {
    if (lane == 0) LoadB::fill(ring, tile, b, p);
    __syncwarp();
  }
  if (p.stages_fetched > 0) LoadB::wait_fetched();
  const Fragment fragment(warp, lane);
  ScaleReader scales = {ring, fragment};
  Cursor at;
  multiply(sums, ring, at, 0, tile.count, Operands(ring, fragment), scales);

  // Without this the compiler hoists the epilogue's address arithmetic above the main loop, where
  // it costs registers.
  u32 shared = ring.shared;
  make_opaque(shared);
  if (kSplit > 1) {
    wait_for_cluster();  // every block's barriers exist
    const Partials partials = {shared + kLayout.partials_offset() + (warp * kWarp + lane) * 16,
                               Partials::barrier_of(ring)};
    partials.send(sums[0], tile.rank);
    if (kLayout.groups_of(tile.rank) == 0) return;
    partials.add(sums[0], tile.rank);
  }
  Epilogue::apply(sums, tile, p, fragment);
  store(sums[0], shared + kLayout.staging_offset() + warp * kLayout.staging_bytes_per_warp(), tile,
        p, fragment);
}

// The weight fetch is the first code of the kernel: the instruction cache is cold when a block
// starts, so anything ahead of the first load delays it.
extern "C" __global__ void __launch_bounds__(kLayout.threads(), kBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ Params p, const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const BlockRing ring = {shared_address(shared), true};
  const Schedule schedule(p);
  if (threadIdx.x < kLayout.consumers()) LoadB::fetch(ring, schedule.tile, p);

  const int warp = __shfl_sync(~0u, threadIdx.x / kWarp, 0), lane = threadIdx.x % kWarp;
  if (warp == kConsumerWarps)
    start(ring, schedule.tile, &a, &b, p, lane);
  else if (kSplit > 1)
    arrive_at_cluster();
  __syncthreads();

  if (warp < kConsumerWarps) {
    consume(ring, schedule.tile, &b, p, warp, lane);
  } else {
    if (warp == kConsumerWarps) {
      if (lane == 0) produce_tiles(ring, schedule, &a, &b, ScaleLoader{}, p);
    } else {
      produce_scales(ring, schedule, p, lane);
    }
    __syncwarp();
    if (kSplit > 1) wait_for_cluster();
  }
}
