// Split-K over a cluster: every block has a slice of K. A block sends the groups that it does not
// own to their owners' shared memory, and adds what it gets for its own, in the order of the
// blocks: same inputs, same bits.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/ring.cuh>

constexpr int kOwned = kLayout.owned_groups();  // groups that one block sums, at most

JITGEMM_DEVICE bool owns(const Tile& tile, int group) {
  return group < kGroups && kLayout.owner_of(group) == tile.rank;
}

JITGEMM_DEVICE float4v get4(const float (&sums)[kAccumulators], int g) {
  return {sums[4 * g], sums[4 * g + 1], sums[4 * g + 2], sums[4 * g + 3]};
}
JITGEMM_DEVICE void set4(float (&sums)[kAccumulators], int g, float4v v) {
  sums[4 * g] = v.x, sums[4 * g + 1] = v.y, sums[4 * g + 2] = v.z, sums[4 * g + 3] = v.w;
}

struct Partials {
  u32 mine;     // this thread's slot in this block's partials
  u32 barrier;  // of this block's partials

  JITGEMM_DEVICE static u32 barrier_of(const BlockRing& ring) { return ring.extra(0); }

  // Called by one thread: expects what the other blocks will send.
  JITGEMM_DEVICE static void expect(const BlockRing& ring, const Tile& tile) {
    const int owned = kLayout.groups_of(tile.rank);
    if (owned > 0)
      arrive_expecting(barrier_of(ring), (kSplit - 1) * owned * kLayout.partial_slot_bytes());
  }

  JITGEMM_DEVICE u32 slot(int group, int from, int owner) const {
    const int sender = from < owner ? from : from - 1;
    return mine + (group % kOwned * (kSplit - 1) + sender) * kLayout.partial_slot_bytes();
  }

  JITGEMM_DEVICE void send(const float (&sums)[kAccumulators], int rank) const {
    unroll<kGroups>([&](auto index) {
      constexpr int g = decltype(index)::value, owner = kLayout.owner_of(g);
      if (owner == rank) return;
      push(address_in_block(slot(g, rank, owner), owner), address_in_block(barrier, owner),
           get4(sums, g));
    });
  }

  JITGEMM_DEVICE void add(float (&sums)[kAccumulators], int rank) const {
    wait_for_cluster_bytes(barrier, 0);
    unroll<kGroups>([&](auto index) {
      constexpr int g = decltype(index)::value, owner = kLayout.owner_of(g);
      if (owner != rank) return;
      float4v sum = {0.f, 0.f, 0.f, 0.f};
#pragma unroll
      for (int from = 0; from < kSplit; ++from)
        sum = sum + (from == owner ? get4(sums, g) : load_shared4(slot(g, from, owner)));
      set4(sums, g, sum);
    });
  }
};
