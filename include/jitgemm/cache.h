// The cache on disk as its operator sees it: what `jitgemm cache` shows and does. Nothing here is
// needed to run a GEMM, and none of it makes a cache: a folder that is not there is an error
// (kIoError).
//
// With keys, only what is signed by one of the public ones is sound (keys.h). Wrong key files are
// kInvalidArgument, a missing libcrypto is kMissing.
//
// Thread rule: free functions, callable from any thread. None needs a GPU or NVRTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/export.h>
#include <jitgemm/keys.h>
#include <jitgemm/status.h>

namespace jitgemm {

struct CacheEntryInfo {
  std::string name;     // <what>-<builder>, the file's stem
  std::string kernel;   // the kernel's name as stored; empty when damaged
  uint64_t bytes = 0;   // file size
  bool ok = false;      // verified
  std::string problem;  // why not, when not ok
};

struct CacheStats {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint64_t temporary_files = 0;
  uint64_t set_aside = 0;    // refused files that are kept in `damaged`, for a look
  uint64_t total_bytes = 0;  // of all of these: what cache_max_bytes limits
};

// One entry, whole.
struct CacheEntry {
  std::string name;       // <what>-<builder>
  std::string kernel;     // the kernel's name
  std::string key_text;   // everything that decides the cubin's bytes, but for the compiler
  std::string builder;    // the compiler's build
  std::string signed_by;  // "SHA256:" and the key's fingerprint; empty when it is not signed
  std::string cubin;
};

JITGEMM_API Result<CacheStats> cache_stats(const std::string& cache_dir);
// Every entry, verified, in order of name.
JITGEMM_API Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir,
                                                           const Keys& keys = {});
// One entry by its name, verified. Errors: kInvalidArgument when there is none; kIoError when it is
// damaged, which says how.
JITGEMM_API Result<CacheEntry> cache_read(const std::string& cache_dir, std::string_view name,
                                          const Keys& keys = {});

struct SignReport {
  uint64_t newly_signed = 0;
  uint64_t already_signed = 0;  // by this key
};
// Signs every entry by keys.private_file; with public keys, only what they admit. Stops at the
// first that does not verify. Errors: kIoError; kInvalidArgument: there is no private key.
JITGEMM_API Result<SignReport> cache_sign(const std::string& cache_dir, const Keys& keys);

// Removes one entry by its name. Errors: kInvalidArgument when there is none.
JITGEMM_API Status cache_remove(const std::string& cache_dir, std::string_view name);
// Removes all entries and leftovers, and nothing else in the folder. Returns how many entries.
JITGEMM_API Result<uint64_t> cache_clear(const std::string& cache_dir);

struct CacheEvictRequest {
  uint64_t max_bytes = 0;  // what the folder may hold, temporary files included
  bool dry_run = false;    // say what would be removed
};
struct CacheEviction {
  std::vector<std::string> names;  // of what was removed
  uint64_t bytes = 0;              // of these
  uint64_t bytes_left = 0;
};
// Removes the least recently used entries until the folder holds no more than it may, and none that
// a process is making. Errors: kIoError.
JITGEMM_API Result<CacheEviction> cache_evict(const std::string& cache_dir,
                                              const CacheEvictRequest& request);

}  // namespace jitgemm
