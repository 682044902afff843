// Barriers in shared memory (mbarrier), and the hardware barriers of a block.
//
// An mbarrier's phase completes when as many threads have arrived as it was made for and all
// expected bytes have landed. Waiting names the parity of the phase that is waited for.
#pragma once

#include <jitgemm/types.cuh>

namespace jitgemm {

JITGEMM_DEVICE void init_barrier(u32 barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// Makes initialised barriers known to the copy engine and to the other blocks of the cluster.
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

// Arrives once this thread's copies of words so far have landed; counts as one of the arrivals.
JITGEMM_DEVICE void arrive_after_copies(u32 barrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(barrier) : "memory");
}

// Whether the phase of this parity has completed, by the instruction that is to ask.
#define JITGEMM_ASK(instruction, done, barrier, parity)                                   \
  asm volatile("{\n.reg .pred p;\n" instruction " p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}" \
               : "=r"(done)                                                               \
               : "r"(barrier), "r"(parity)                                                \
               : "memory")

// May sleep for a while before it says no.
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

// Hardware barrier `id` (1..15; 0 is __syncthreads) of `threads` threads.
JITGEMM_DEVICE void sync_threads(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

}  // namespace jitgemm
