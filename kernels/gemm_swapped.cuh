// D^T = B * A^T: the swapped form, for few tokens.
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (wgmma over 128 of K)
//
// The weights take wgmma's M side (64 rows a warpgroup), the tokens its N side (groups of 8), so
// that a handful of tokens fills the tensor cores, and the kernel is what it should be: a stream of
// the weight. A tile of 64 or 128 tokens fills the M side as well and takes it, 64 a warpgroup: a
// thread then has two tokens instead of sixteen, whose scales are all that it needs.
//
//   warps 0..4W-1   fetch the first weights and, where it is wanted, fill the ring; then multiply,
//                   promote in fp32, reduce over the cluster, store     (W warpgroups)
//   tile warp       one lane asks the copy engine for weights and activations
//   scale warp      copies the scales, from either layout
//
// A cluster of kSplit blocks shares a tile's K; partial sums meet in shared memory, always added in
// the order of the blocks. One block makes one tile and leaves.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/params.h>
#include <jitgemm/problem.cuh>
#include <jitgemm/ptx/cluster.cuh>
#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ptx/shared.cuh>
#include <jitgemm/ptx/wgmma.cuh>
#include <jitgemm/ring.cuh>

namespace jitgemm {

struct Layout {
  static constexpr SwappedLayout value =
      swapped_layout(kTileM, kTileN, kSplit, kKBlocks, kStages, kFillRing);
};
constexpr SwappedLayout kLayout = Layout::value;
constexpr Ring kRing = kLayout.ring;
constexpr int kConsumerWarps = kLayout.consumers() / kWarp;
constexpr bool kTokensOnM = tokens_on_m(kTileM);
constexpr int kGroups = kLayout.groups();             // of 8 tokens; with kTokensOnM, of 8 outputs
constexpr int kOwned = kLayout.owned_groups();        // that one block of the cluster sums, at most
constexpr int kAccumulators = kLayout.columns() / 2;  // registers of one wgmma

constexpr int kInFlight = k_blocks_in_flight(kLayout, kBlocksPerSm);

// Whether it is known that no tile reaches beyond N, and no stage beyond K.
constexpr bool kWholeTiles = kN != 0 && kN % kTileN == 0;
constexpr bool kWholeStages = kK != 0 && kK % (kKBlocks * kBlockK) == 0;
// And that all slices of K have the same number of stages.
constexpr bool kEvenSlices = kK != 0 && ceil_div(ceil_div(kK, kBlockK), kKBlocks) % kSplit == 0;

// The part of the problem that is this block's.
struct Work {
  int rank;          // in the cluster
  int n0, m0;        // first output, first token
  int first, count;  // stages' worth of K

  JITGEMM_DEVICE static Work of_this_block(const Params& p) {
    const int rank = kSplit == 1 ? 0 : rank_in_cluster();
    const int steps = ceil_div(blocks_of_k(p), kKBlocks);  // stages that cover K
    const int first = slice_begin(rank, kSplit, steps);
    const int count = slice_begin(rank + 1, kSplit, steps) - first;
    return {rank, static_cast<int>(blockIdx.x / kSplit) * kTileN,
            kRing.first_token(blockIdx.y, p.m), first, count};
  }
  JITGEMM_DEVICE int k_block(int step) const { return (first + step) * kKBlocks; }
  // Of so many stages, meant for the longest slice, those that this one has.
  JITGEMM_DEVICE int at_most(int stages) const { return kEvenSlices ? stages : min(stages, count); }
  JITGEMM_DEVICE bool owns(int group) const {
    return group < kGroups && kLayout.owner_of(group) == rank;
  }
};

// The ring, and this form's barriers beyond it. The last two are for a ring that is filled while
// the predecessor runs: its first weights arrive apart, so that it is known how many are on their
// way.
struct BlockRing : RingView<Layout> {
  JITGEMM_DEVICE u32 partials() const { return full(2 * kStages); }
  JITGEMM_DEVICE u32 tokens_asked_for() const { return full(2 * kStages + 1); }
  JITGEMM_DEVICE u32 weights(int stage) const { return full(2 * kStages + 2 + stage); }
};

// ---- the first weights ----

// They come by the consumers' threads, which have nothing to do yet: their copies need neither a
// tensor map nor a barrier, and so leave earlier than those of the copy engine. Swizzled as it does
// it; what lies outside the matrix is zero.
JITGEMM_DEVICE void fetch_weights(const BlockRing& ring, const Work& work, const Params& p) {
  constexpr int kChunks = kBlockK / 16;                 // of 16 bytes in a row
  constexpr int kRows = kLayout.consumers() / kChunks;  // that the threads copy at once
  const u64 once = evict_first();
  const int row = threadIdx.x / kChunks, chunk = threadIdx.x % kChunks;
  const u32 to = row * kBlockK + ((chunk ^ row % kChunks) << 4);
  const long long rows_apart = kRows * p.ldb;
  int k = work.k_block(0) * kBlockK + chunk * 16;
  const unsigned char* stage = p.b + (work.n0 + row) * p.ldb + k;
#pragma unroll 1
  for (int step = 0; step < work.at_most(p.stages_fetched); ++step) {
    const unsigned char* from = stage;
#pragma unroll
    for (int r = 0; r < kTileN; r += kRows) {
#pragma unroll
      for (int j = 0; j < kKBlocks; ++j)
        copy_chunk(ring.b_tiles(step) + j * kRing.b_block_bytes() + r * kBlockK + to,
                   from + j * kBlockK,
                   (kWholeTiles || work.n0 + row + r < n_of(p)) &&
                       (kWholeStages || k + j * kBlockK < k_of(p)),
                   once);
      from += rows_apart;
      stop_hoisting(from);  // else every row is a product of its own
    }
    stage += kKBlocks * kBlockK;
    k += kKBlocks * kBlockK;
  }
}

// Until the tensor cores see what every consumer has fetched.
JITGEMM_DEVICE void wait_for_weights() {
  wait_copies();
  fence_shared_for_copies();
  sync_threads(1, kLayout.consumers());
}

// ---- producers ----

// Asks for the weights of a stage, and expects its activations.
JITGEMM_DEVICE void load_weights(const BlockRing& ring, const Work& work, const TensorMap* b,
                                 const Params& p, int step, int stage, u64 policy) {
  const bool apart = kFillRing && step < kStages;
  arrive_expecting(ring.full(stage),
                   kRing.arriving_a_bytes(p.m) + (apart ? 0 : kRing.stage_b_bytes()));
  if (apart) arrive_expecting(ring.weights(stage), kRing.stage_b_bytes());
  ring.load_b(stage, b, apart ? ring.weights(stage) : ring.full(stage), work.k_block(step), work.n0,
              policy);
}

// Before anybody knows: barriers, and the first weights on their way.
JITGEMM_DEVICE void start(const BlockRing& ring, const Work& work, const TensorMap* a,
                          const TensorMap* b, const Params& p, int lane) {
  if (lane == 0) {
    prefetch(b);
    prefetch(a);
    if (kFillRing) init_barrier(ring.tokens_asked_for(), 1);
    if (kSplit > 1) init_barrier(ring.partials(), 1);
  }
  ring.init(lane, kLayout.consumers());
  if (kFillRing && lane < kStages) init_barrier(ring.weights(lane), 1);
  publish_barriers();
  __syncwarp();
  if (kSplit > 1) arrive_at_cluster();
  if (lane == 0) {
    const int owned = kLayout.groups_of(work.rank);
    if (kSplit > 1 && owned > 0)
      arrive_expecting(ring.partials(), (kSplit - 1) * owned * kLayout.partial_slot_bytes());
#pragma unroll 1
    for (int step = 0; step < work.at_most(p.stages_fetched); ++step) {
      arrive_expecting(ring.full(step), kRing.arriving_a_bytes(p.m));
      if (kFillRing) arrive(ring.weights(step));
    }
#pragma unroll 1
    for (int step = p.stages_fetched; step < work.at_most(p.stages_ahead); ++step)
      load_weights(ring, work, b, p, step, step, evict_first());
    if (p.release_early) release_successor();
  }
}

// While the predecessor runs: the rest of the first round, by one consumer, which has nothing to do
// yet. The activations will queue behind all weights that are on their way, so these stay few until
// the activations are asked for.
JITGEMM_DEVICE void fill(const BlockRing& ring, const Work& work, const TensorMap* b,
                         const Params& p) {
  const u64 once = evict_first();
  const int few = max(1, p.stages_ahead - p.stages_fetched);
#pragma unroll 1
  for (int step = p.stages_ahead; step < min(kStages, work.count); ++step) {
    while (!has_passed(ring.weights(step - few), 0) && !has_passed(ring.tokens_asked_for(), 0)) {
    }
    load_weights(ring, work, b, p, step, step, once);
  }
}

JITGEMM_DEVICE void produce_tiles(const BlockRing& ring, const Work& work, const TensorMap* a,
                                  const TensorMap* b, const Params& p) {
  const u64 once = evict_first(), kept = evict_last();
  const int asked_for = kFillRing ? kStages : p.stages_ahead;  // stages, before
  wait_for_predecessor();
  Cursor<kStages> at;
#pragma unroll 1
  for (int step = 0; step < work.count; ++step, at.advance()) {
    if (step >= kStages) wait(ring.empty(at.stage), at.parity ^ 1);
    if (step >= asked_for) load_weights(ring, work, b, p, step, at.stage, once);
    ring.load_a(at.stage, a, work.k_block(step), work.m0, kept);
    if (kFillRing && step == 0) arrive(ring.tokens_asked_for());
  }
  release_successor();  // twice is as good as once
}

JITGEMM_DEVICE void produce_scales(const BlockRing& ring, const Work& work, const Params& p,
                                   int lane) {
  wait_for_predecessor();
  Cursor<kStages> at;
#pragma unroll 1
  for (int step = 0; step < work.count; ++step, at.advance()) {
    if (step >= kStages) wait(ring.empty(at.stage), at.parity ^ 1);
    ring.load_scales<4>(at.stage, p, work.k_block(step), work.m0, work.n0, lane);
  }
}

// ---- consumers ----

// The fragment of a thread: group g is sums[4g .. 4g+3] =
// {row, column}, {row, column + 1}, {row + 8, column}, {row + 8, column + 1} with row = lane / 4 of
// its warp's 16 rows of wgmma's M side and column = 2 * (lane % 4) of a group of 8 of the N side.
// Rows are outputs and columns are tokens; with kTokensOnM it is the other way.

// Where a warp's part of the tile begins: 16 tokens x 64 outputs, or all tokens x 16 outputs.
struct WarpTile {
  int token, output;

  JITGEMM_DEVICE explicit WarpTile(int warp) {
    const int warpgroup = warp / 4, waves = kLayout.token_waves();
    token = kTokensOnM ? warpgroup % waves * kWaveRows + warp % 4 * 16 : 0;
    output = kTokensOnM ? warpgroup / waves * kWaveRows : warp * 16;
  }
};

// The products of both scales that this thread needs in one k-block.
struct Scales {
  static constexpr int kPairs = kTokensOnM ? 1 : kGroups;  // of tokens
  float2v pair[kPairs];

  JITGEMM_DEVICE Scales(u32 slot, const WarpTile& tile, int lane) {
    const float b = load_shared(slot + kTileM * 4);
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int row = tile.token + lane / 4, column = i * 8 + lane % 4 * 2;
      const float2v a =
          kTokensOnM ? float2v{load_shared(slot + row * 4), load_shared(slot + (row + 8) * 4)}
                     : load_shared2(slot + column * 4);
      pair[i] = {a.x * b, a.y * b};
    }
  }
  // Of element i of group g.
  JITGEMM_DEVICE float of(int g, int i) const {
    return kTokensOnM ? (i < 2 ? pair[0].x : pair[0].y) : (i % 2 == 0 ? pair[g].x : pair[g].y);
  }
};

// sums += a_scale * b_scale * accumulators
JITGEMM_DEVICE void promote(float (&sums)[kAccumulators],
                            const float (&accumulators)[kAccumulators], const Scales& scales) {
#pragma unroll
  for (int g = 0; g < kGroups; ++g)
#pragma unroll
    for (int i = 0; i < 4; ++i) sums[4 * g + i] += scales.of(g, i) * accumulators[4 * g + i];
}

// All of this block's K: wait for a stage, multiply, promote, hand the stage back.
JITGEMM_DEVICE void multiply(float (&sums)[kAccumulators], const BlockRing& ring, const Work& work,
                             int warp, int lane) {
  const WarpTile tile(warp);
  // Of the warpgroup, in rows of the tiles.
  const int first_weight = tile.output / kWaveRows * kWaveRows;
  const int first_token = tile.token / kWaveRows * kWaveRows;
  Cursor<kStages> at;
#pragma unroll 1
  for (int step = 0; step < work.count; ++step, at.advance()) {
    if (kFillRing && step < kStages) wait(ring.weights(at.stage), 0);
    wait(ring.full(at.stage), at.parity);
    const u64 weights = operand_descriptor(ring.b_tiles(at.stage) + first_weight * kBlockK);
    const u64 tokens = operand_descriptor(ring.a_tiles(at.stage) + first_token * kBlockK);
#pragma unroll
    for (int first = 0; first < kKBlocks; first += kInFlight) {
      float accumulators[kInFlight][kAccumulators];
#pragma unroll
      for (int j = 0; j < kInFlight; ++j) pin(accumulators[j]);
      open_multiplies();
#pragma unroll
      for (int j = 0; j < kInFlight; ++j) {
        const u64 w = weights + descriptor_step((first + j) * kRing.b_block_bytes());
        const u64 t = tokens + descriptor_step((first + j) * kRing.a_block_bytes());
        multiply_block(accumulators[j], kTokensOnM ? t : w, kTokensOnM ? w : t);
        commit_multiplies();
      }
      unroll<kInFlight>([&](auto index) {
        constexpr int j = decltype(index)::value;
        const Scales scales(ring.scales(at.stage) + (first + j) * kRing.block_scales() * 4, tile,
                            lane);
        pin(accumulators[j]);
        wait_multiplies<kInFlight - 1 - j>();
        pin(accumulators[j]);
        if (first + j == kKBlocks - 1) arrive(ring.empty(at.stage));
        promote(sums, accumulators[j], scales);
      });
    }
  }
}

// Split-K: every block sends the groups that it does not own to their owners, and adds what it gets
// for those that it owns, in the order of the blocks.
struct Partials {
  u32 mine;     // this thread's slot in this block's partials
  u32 barrier;  // of this block's partials

  JITGEMM_DEVICE u32 slot(int group, int from, int owner) const {
    const int sender = from < owner ? from : from - 1;
    return mine + (group % kOwned * (kSplit - 1) + sender) * kLayout.partial_slot_bytes();
  }

  JITGEMM_DEVICE void send(const float (&sums)[kAccumulators], int rank) const {
    unroll<kGroups>([&](auto index) {
      constexpr int g = decltype(index)::value, owner = kLayout.owner_of(g);
      if (owner == rank) return;
      push(address_in_block(slot(g, rank, owner), owner), address_in_block(barrier, owner),
           {sums[4 * g], sums[4 * g + 1], sums[4 * g + 2], sums[4 * g + 3]});
    });
  }

  JITGEMM_DEVICE void add(float (&sums)[kAccumulators], const Work& work) const {
    wait_for_cluster_bytes(barrier, 0);
    unroll<kGroups>([&](auto index) {
      constexpr int g = decltype(index)::value, owner = kLayout.owner_of(g);
      if (owner != work.rank) return;
      float4v sum = {0.f, 0.f, 0.f, 0.f};
#pragma unroll
      for (int from = 0; from < kSplit; ++from) {
        const float4v part =
            from == owner ? float4v{sums[4 * g], sums[4 * g + 1], sums[4 * g + 2], sums[4 * g + 3]}
                          : load_shared4(slot(g, from, owner));
        sum = {sum.x + part.x, sum.y + part.y, sum.z + part.z, sum.w + part.w};
      }
      sums[4 * g] = sum.x;
      sums[4 * g + 1] = sum.y;
      sums[4 * g + 2] = sum.z;
      sums[4 * g + 3] = sum.w;
    });
  }
};

// Turns a warp's fragments into rows in shared memory, of one token and 16 outputs, their halves
// swizzled, and writes full sectors: two lanes a row. The rows are the tokens of the owned groups;
// with kTokensOnM the warp's 16 tokens, once for each two of its groups.
JITGEMM_DEVICE void store(const float (&sums)[kAccumulators], u32 staging, const Work& work,
                          const Params& p, int warp, int lane) {
  const auto address = [&](int row, int half) {
    return staging + row * 32 + ((half ^ (row >> 2 & 1)) << 4);
  };
  unroll<kGroups>([&](auto index) {
    constexpr int g = decltype(index)::value, owned = g % kOwned;
    if (!work.owns(g)) return;
    const u32 upper = pack_bf16(sums[4 * g], sums[4 * g + 1]);
    const u32 lower = pack_bf16(sums[4 * g + 2], sums[4 * g + 3]);
    if (kTokensOnM)
      store_matrix2(address(owned / 2 * 16 + lane % 16, owned % 2), upper, lower);
    else
      store_matrix2_transposed(address(owned * 8 + lane % 8, lane / 8 % 2), upper, lower);
  });
  __syncwarp();
  const WarpTile tile(warp);
  const int group0 = work.rank * kOwned;
#pragma unroll
  for (int first = 0; first < kLayout.staging_rows_per_warp(); first += 16) {
    const int row = first + lane / 2, half = lane % 2;
    const int group = group0 + (kTokensOnM ? first / 8 + half : row / 8);
    const int m = work.m0 + tile.token + (kTokensOnM ? row % 16 : group * 8 + row % 8);
    const int n = work.n0 + tile.output + (kTokensOnM ? group : half) * 8;
    if (work.owns(group) && m < p.m && n < n_of(p))
      store_global16(p.d + m * p.ldd + n, load_shared4(address(row, half)));
  }
}

JITGEMM_DEVICE void consume(const BlockRing& ring, const Work& work, const TensorMap* b,
                            const Params& p, int warp, int lane) {
  float sums[kAccumulators];
#pragma unroll
  for (int i = 0; i < kAccumulators; ++i) sums[i] = 0.f;
  if (kFillRing && warp == 0) {
    if (lane == 0) fill(ring, work, b, p);
    __syncwarp();
  }
  if (p.stages_fetched > 0) wait_for_weights();
  multiply(sums, ring, work, warp, lane);

  // Else the addresses below are computed before the main loop and cost registers in it.
  u32 shared = ring.shared;
  stop_hoisting(shared);
  if (kSplit > 1) {
    wait_for_cluster();  // every block's barriers exist
    const Partials partials = {shared + kLayout.partials_offset() + (warp * kWarp + lane) * 16,
                               ring.partials()};
    partials.send(sums, work.rank);
    if (kLayout.groups_of(work.rank) == 0) return;
    partials.add(sums, work);
  }
  store(sums, shared + kLayout.staging_offset() + warp * kLayout.staging_bytes_per_warp(), work, p,
        warp, lane);
}

// Whoever brings the first bytes comes first in the code as well: it is cold when a block starts.
extern "C" __global__ void __launch_bounds__(kLayout.threads(), kBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ Params p, const __grid_constant__ TensorMap a,
                   const __grid_constant__ TensorMap b) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const BlockRing ring = {shared_address(shared)};
  const Work work = Work::of_this_block(p);
  if (threadIdx.x < kLayout.consumers()) fetch_weights(ring, work, p);

  const int warp = __shfl_sync(~0u, threadIdx.x / kWarp, 0), lane = threadIdx.x % kWarp;
  if (warp == kConsumerWarps)
    start(ring, work, &a, &b, p, lane);
  else if (kSplit > 1)
    arrive_at_cluster();
  __syncthreads();

  if (warp < kConsumerWarps) {
    consume(ring, work, &b, p, warp, lane);
  } else {
    if (warp == kConsumerWarps) {
      if (lane == 0) produce_tiles(ring, work, &a, &b, p);
    } else {
      produce_scales(ring, work, p, lane);
    }
    __syncwarp();
    if (kSplit > 1) wait_for_cluster();
  }
}

}  // namespace jitgemm
