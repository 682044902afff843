// Barriers in shared memory (mbarrier), and the hardware barriers of a block.
//
// A phase of an mbarrier completes when as many threads have arrived as it was initialised for and
// all expected bytes have landed. A wait names the parity of the phase that it waits for.
#pragma once

#include <jitgemm/types.cuh>

JITGEMM_DEVICE void init_barrier(u32 barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// Makes initialised mbarriers visible to TMA and to the other blocks of the cluster.
JITGEMM_DEVICE void publish_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
JITGEMM_DEVICE void arrive(u32 barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
JITGEMM_DEVICE void arrive_expecting(u32 barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
// Expects bytes in the current phase, and does not arrive.
JITGEMM_DEVICE void expect(u32 barrier, int bytes) {
  asm volatile("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}

// This thread arrives when the copies (cp.async) that it has issued so far have landed.
JITGEMM_DEVICE void arrive_after_copies(u32 barrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(barrier) : "memory");
}

// Sets `done` to whether the phase of this parity has completed; `instruction` makes the test.
#define JITGEMM_ASK(instruction, done, barrier, parity)                                   \
  asm volatile("{\n.reg .pred p;\n" instruction " p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}" \
               : "=r"(done)                                                               \
               : "r"(barrier), "r"(parity)                                                \
               : "memory")

// May suspend the thread for a while before it returns false.
JITGEMM_DEVICE bool try_wait(u32 barrier, u32 parity) {
  u32 done;
  JITGEMM_ASK("mbarrier.try_wait.parity.shared::cta.b64", done, barrier, parity);
  return done;
}
JITGEMM_DEVICE bool has_passed(u32 barrier, u32 parity) {
  u32 done;
  JITGEMM_ASK("mbarrier.test_wait.parity.shared::cta.b64", done, barrier, parity);
  return done;
}
JITGEMM_DEVICE void wait(u32 barrier, u32 parity) {
  while (!try_wait(barrier, parity)) {
  }
}

// As wait(), for bytes that other blocks of the cluster have written.
JITGEMM_DEVICE void wait_for_cluster_bytes(u32 barrier, u32 parity) {
  u32 done;
  do {
    JITGEMM_ASK("mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64", done, barrier, parity);
  } while (!done);
}

#undef JITGEMM_ASK

// True for one lane of a converged warp, always the same one. With lane == 0 instead, ptxas makes a
// loop over lanes around each instruction with uniform operands, such as a TMA load.
JITGEMM_DEVICE bool elect_one() {
  u32 elected;
  asm volatile("{\n.reg .pred p;\nelect.sync _|p, 0xffffffff;\nselp.u32 %0, 1, 0, p;\n}"
               : "=r"(elected));
  return elected;
}

// Hardware barrier `id` (1..15; 0 is __syncthreads) of `threads` threads.
JITGEMM_DEVICE void sync_threads(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
