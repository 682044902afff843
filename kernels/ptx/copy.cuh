// Copies between global and shared memory: boxes of a matrix by TMA, words and chunks of 16 bytes
// by the threads (cp.async).
#pragma once

#include <jitgemm/params.h>
#include <jitgemm/types.cuh>

JITGEMM_DEVICE void prefetch(const TensorMap* map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}

// L2 policies: none, for data that is read once, for data that many blocks read.
struct Unhinted {};
JITGEMM_DEVICE u64 evict_first() {
  u64 policy;
  asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
JITGEMM_DEVICE u64 evict_last() {
  u64 policy;
  asm volatile("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}

// Loads one box of the matrix, from column x and row y on. Its bytes arrive at `barrier`; elements
// outside the matrix are zeros and count as well.
JITGEMM_DEVICE void load_tile(u32 to, const TensorMap* map, u32 barrier, int x, int y, u64 policy) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint"
      " [%0], [%1, {%3, %4}], [%2], %5;" ::"r"(to),
      "l"(map), "r"(barrier), "r"(x), "r"(y), "l"(policy)
      : "memory");
}

JITGEMM_DEVICE void load_tile(u32 to, const TensorMap* map, u32 barrier, int x, int y, Unhinted) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
      " [%0], [%1, {%3, %4}], [%2];" ::"r"(to),
      "l"(map), "r"(barrier), "r"(x), "r"(y)
      : "memory");
}

// Stores one box to the matrix; elements outside the matrix are dropped.
JITGEMM_DEVICE void store_tile(const TensorMap* map, u32 from, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];" ::"l"(map),
      "r"(from), "r"(x), "r"(y)
      : "memory");
}
JITGEMM_DEVICE void commit_stores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }

// Waits until this thread's stores have read their shared memory.
JITGEMM_DEVICE void wait_stores_read() {
  asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}

// Makes this thread's writes to shared memory visible to TMA and wgmma.
JITGEMM_DEVICE void fence_shared_for_copies() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// Copies a word; if it is not `there`, writes zero and reads nothing.
JITGEMM_DEVICE void copy_word(u32 to, const float* from, bool there) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(from),
               "r"(there ? 4 : 0)
               : "memory");
}
// Copies the first `there` (any number) of four words aligned to 16 bytes, and zeros.
JITGEMM_DEVICE void copy_four_words(u32 to, const float* from, int there) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
               "r"(min(max(there, 0), 4) * 4)
               : "memory");
}
// Copies 16 bytes that bypass the L1, or 16 zeros.
JITGEMM_DEVICE void copy_chunk(u32 to, const void* from, bool there, u64 policy) {
  asm volatile("cp.async.cg.shared.global.L2::cache_hint [%0], [%1], 16, %2, %3;" ::"r"(to),
               "l"(from), "r"(there ? 16 : 0), "l"(policy)
               : "memory");
}

// Waits until this thread's copies have landed.
JITGEMM_DEVICE void wait_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }
