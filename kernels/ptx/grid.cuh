// A kernel among its neighbours on the stream, a block in its cluster, a warpgroup in its block.
#pragma once

#include <jitgemm/types.cuh>

// Rank of this block in its cluster, 0 .. cluster size - 1.
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

// Waits until the previous kernel has finished and its writes are visible. Returns at once unless
// the launch has programmatic stream serialization.
JITGEMM_DEVICE void wait_for_predecessor() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
// Lets the next kernel start its blocks.
JITGEMM_DEVICE void release_successor() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}

// Moves registers between warpgroups: `Count` a thread from here on. Called by every warp of the
// warpgroup.
template <int Count>
JITGEMM_DEVICE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Count));
}
template <int Count>
JITGEMM_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Count));
}
