// Counters, as threads count them.
#pragma once

#include <atomic>
#include <cstdint>

#include <jitgemm/counters.h>

namespace jitgemm {

// One atomic per counter of the list. The library computes four of them from other sources (the
// kernels count their launches, the library its folders and orphans): here those stay 0.
struct AtomicCounters {
  using Counter = std::atomic<uint64_t>;
#define JITGEMM_COUNTER(name, help) Counter name = 0;
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER

  Counters snapshot() const {
#define JITGEMM_COUNTER(name, help) .name = name,
    return {JITGEMM_COUNTERS(JITGEMM_COUNTER)};
#undef JITGEMM_COUNTER
  }
};

// Counts without ordering anything else.
inline void count(AtomicCounters::Counter& counter, uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace jitgemm
