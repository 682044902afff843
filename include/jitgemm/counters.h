/* What a library counts, for C and for C++.
 *
 * JITGEMM_COUNTERS is the only list of counters: the structs of both APIs, the library's atomics,
 * the metrics for Prometheus (jitgemm_<name>_total) and the Python package follow from it. The C
 * struct grows at its end, so a new counter comes last.
 *
 * Every counter starts at 0 when the library is opened and never decreases. A cache entry that is
 * refused is counted once, by the reason for its refusal. Its kernel is then made as if there were
 * no entry.
 */
#pragma once

/* X(name, help) */
#define JITGEMM_COUNTERS(X)                                                                     \
  X(hit_memory, "Requests for a kernel that was already loaded or being made")                  \
  X(hit_disk, "Kernels read from the cache and verified")                                       \
  X(miss, "Kernels for which the cache had no entry")                                           \
  X(damaged, "Cache entries refused because a size or checksum was wrong")                      \
  X(compiled, "Compiles that succeeded")                                                        \
  X(compile_failed, "Compiles that failed")                                                     \
  X(published, "Cache entries written")                                                         \
  X(publish_failed, "Cache entries that could not be written, although their kernels work")     \
  X(launches, "Launches")                                                                       \
  X(waits, "Misses that waited for another process to make the kernel")                         \
  X(takeovers, "Waits after which the other process had published nothing: this one compiled")  \
  X(wait_timeouts, "Waits that reached the limit of 30 s: this process compiled too")           \
  X(locks_unavailable, "Misses in a cache without locks: two processes may compile one kernel") \
  X(launches_generic, "Launches that a generic kernel served")                                  \
  X(refused_other_key, "Cache entries refused because they hold another key or compiler")       \
  X(refused_other_format, "Cache entries refused because their version or flags are unknown")   \
  X(refused_untrusted, "Cache entries refused because of their owner or mode")                  \
  X(refused_irregular, "Cache entries refused because they are links, folders or FIFOs")        \
  X(refused_by_driver, "Verified cache entries that the driver refused to load")                \
  X(read_failed, "Cache entries that a system call failed to read")                             \
  X(folders_refused, "Cache folders that could not be used or are not trusted")                 \
  X(orphans_removed, "Temporary files of dead processes removed from the cache")                \
  X(evicted, "Cache entries removed to keep the cache within its size limit")                   \
  X(refused_unsigned, "Cache entries refused because they have no signature")                   \
  X(refused_unknown_key, "Cache entries refused because none of the public keys signed them")   \
  X(refused_signature, "Cache entries refused because their signature is wrong")

#ifdef __cplusplus
#include <cstdint>

namespace jitgemm {

struct Counters {
#define JITGEMM_COUNTER(name, help) uint64_t name = 0;
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
};

}  // namespace jitgemm
#endif
