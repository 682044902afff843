// Blocks of a cluster: their barrier, and writing into each other's shared memory.
#pragma once

#include <jitgemm/types.cuh>

namespace jitgemm {

// Of this block, of 0 ..
JITGEMM_DEVICE int rank_in_cluster() {
  u32 rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return static_cast<int>(rank);
}

// Tells the cluster that this thread got here. Relaxed: a release after copies have been issued
// waits for them (0.3 to 0.8 us); what must be visible is published by publish_barriers() before.
JITGEMM_DEVICE void arrive_at_cluster() {
  asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
}
JITGEMM_DEVICE void wait_for_cluster() {
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// The address in block `rank` of what is at `address` in this one.
JITGEMM_DEVICE u32 address_in_block(u32 address, int rank) {
  u32 remote;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(address), "r"(rank));
  return remote;
}

// 16 bytes into another block's shared memory; they arrive at its `barrier`.
JITGEMM_DEVICE void push(u32 to, u32 barrier, float4v v) {
  asm volatile(
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.f32 [%0], {%2, %3, %4, %5}, "
      "[%1];" ::"r"(to),
      "r"(barrier), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w)
      : "memory");
}

}  // namespace jitgemm
