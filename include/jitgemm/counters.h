// What a Library counts.
#pragma once

#include <cstdint>

namespace jitgemm {

// How kernels came into being in this Library, since open. Monotonic. Whatever is found in an
// entry's place and not admitted is counted once, by its reason, and is a miss.
struct Counters {
  uint64_t hit_memory = 0;      // kernel was already loaded or being made
  uint64_t hit_disk = 0;        // verified entry of the cache
  uint64_t miss = 0;            // no entry of that name
  uint64_t damaged = 0;         // an entry whose sizes or checksums do not hold
  uint64_t compiled = 0;        // NVRTC runs that succeeded
  uint64_t compile_failed = 0;  // NVRTC runs that did not
  uint64_t published = 0;       // entries written
  uint64_t publish_failed = 0;  // entries that could not be written; the kernel works all the same
  uint64_t launches = 0;
  uint64_t waits = 0;              // misses that another process was making: it was waited for
  uint64_t takeovers = 0;          // of these, in vain: that one died or failed, so this compiled
  uint64_t wait_timeouts = 0;      // of these, for too long: this compiled too
  uint64_t locks_unavailable = 0;  // misses where nothing tells whether another makes it
  uint64_t launches_generic = 0;   // launches that a generic kernel served
  uint64_t refused_other_key = 0;  // an entry of another key or compiler under this one's name
  uint64_t refused_other_format = 0;  // of a version or with flags that this library does not know
  uint64_t refused_untrusted = 0;     // by its owner or mode: see Options::trusted_cache_owners
  uint64_t refused_irregular = 0;     // a link, a folder, a FIFO: not followed
  uint64_t refused_by_driver = 0;     // it verified, and the driver would not load it
  uint64_t read_failed = 0;           // a system call failed
  uint64_t set_aside = 0;             // refused files moved to <cache_dir>/damaged, for a look
  uint64_t folders_refused = 0;       // cache folders that could not be used, or are not trusted
  uint64_t orphans_removed = 0;       // temporary files of dead processes
  uint64_t evicted = 0;               // entries removed for cache_max_bytes
  uint64_t refused_unsigned = 0;      // signed mode: an entry without a signature
  uint64_t refused_unknown_key = 0;   // signed by a key that is none of Options::keys
  uint64_t refused_signature = 0;     // altered, or forged: the stated key did not sign it
};

}  // namespace jitgemm
