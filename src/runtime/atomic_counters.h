// Counters, as threads count them.
#pragma once

#include <atomic>
#include <cstdint>

#include <jitgemm/library.h>

namespace jitgemm {

struct AtomicCounters {
  using Counter = std::atomic<uint64_t>;
  Counter hit_memory = 0, hit_disk = 0, miss = 0, damaged = 0;
  Counter compiled = 0, compile_failed = 0, published = 0, publish_failed = 0;
  Counter waits = 0, takeovers = 0, wait_timeouts = 0, locks_unavailable = 0;
  Counter refused_other_key = 0, refused_other_format = 0, refused_irregular = 0,
          refused_untrusted = 0;
  Counter refused_by_driver = 0, read_failed = 0, set_aside = 0, evicted = 0;
  Counter refused_unsigned = 0, refused_unknown_key = 0, refused_signature = 0;

  Counters snapshot() const {
    return {.hit_memory = hit_memory,
            .hit_disk = hit_disk,
            .miss = miss,
            .damaged = damaged,
            .compiled = compiled,
            .compile_failed = compile_failed,
            .published = published,
            .publish_failed = publish_failed,
            .launches = 0,  // each kernel counts its own, and so the generic ones
            .waits = waits,
            .takeovers = takeovers,
            .wait_timeouts = wait_timeouts,
            .locks_unavailable = locks_unavailable,
            .launches_generic = 0,
            .refused_other_key = refused_other_key,
            .refused_other_format = refused_other_format,
            .refused_untrusted = refused_untrusted,
            .refused_irregular = refused_irregular,
            .refused_by_driver = refused_by_driver,
            .read_failed = read_failed,
            .set_aside = set_aside,
            .evicted = evicted,
            .refused_unsigned = refused_unsigned,
            .refused_unknown_key = refused_unknown_key,
            .refused_signature = refused_signature};
  }
};

// Counts without ordering anything else.
inline void count(AtomicCounters::Counter& counter, uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace jitgemm
