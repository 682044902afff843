// The cache on disk, for its operator: what `jitgemm cache` shows and does. A program that runs
// GEMMs does not need it. A folder that does not exist is kIoError: no function creates a cache.
//
// With public keys, only entries that one of them signed are sound (keys.h). A wrong key file is
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
  uint64_t bytes = 0;   // size of the file
  bool ok = false;      // whether the entry verifies
  std::string problem;  // the reason, when not ok
};

struct CacheStats {
  uint64_t entries = 0;
  uint64_t bytes = 0;            // of the entries
  uint64_t temporary_files = 0;  // of publishes under way, or of processes that died
  uint64_t total_bytes = 0;      // entries and temporary files: what cache_max_bytes limits
};

// One whole entry.
struct CacheEntry {
  std::string name;       // <what>-<builder>
  std::string kernel;     // the kernel's name
  std::string key_text;   // everything but the compiler that decides the cubin's bytes
  std::string builder;    // the compiler's build
  std::string signed_by;  // "SHA256:" and the key's fingerprint; empty when unsigned
  std::string cubin;
};

// Counts files and adds up their sizes; reads none. Errors: kIoError.
JITGEMM_API Result<CacheStats> cache_stats(const std::string& cache_dir);
// Lists every entry, verified, in order of name. Errors: kIoError.
JITGEMM_API Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir,
                                                           const Keys& keys = {});
// Reads and verifies one entry. Errors: kInvalidArgument: there is none of that name; kIoError: it
// does not verify, for the stated reason.
JITGEMM_API Result<CacheEntry> cache_read(const std::string& cache_dir, std::string_view name,
                                          const Keys& keys = {});

struct SignReport {
  uint64_t newly_signed = 0;
  uint64_t already_signed = 0;  // by this key
};
// Signs every entry with keys.private_file. With public keys, signs only entries that one of them
// signed. Stops at the first entry that does not verify. Errors: kIoError; kInvalidArgument: there
// is no private key.
JITGEMM_API Result<SignReport> cache_sign(const std::string& cache_dir, const Keys& keys);

// Removes one entry. Errors: kInvalidArgument: there is none of that name; kIoError.
JITGEMM_API Status cache_remove(const std::string& cache_dir, std::string_view name);
// Removes all entries and temporary files, and nothing else in the folder. Returns the number of
// entries. Errors: kIoError.
JITGEMM_API Result<uint64_t> cache_clear(const std::string& cache_dir);

struct CacheEvictRequest {
  uint64_t max_bytes = 0;  // what the folder may hold, temporary files included
  bool dry_run = false;    // report what would be removed
};
struct CacheEviction {
  std::vector<std::string> names;  // of the removed entries
  uint64_t bytes = 0;              // of the removed entries
  uint64_t bytes_left = 0;         // in the folder, temporary files included
};
// Removes the least recently used entries, except those that a process is making, until the folder
// holds no more than max_bytes. Errors: kIoError.
JITGEMM_API Result<CacheEviction> cache_evict(const std::string& cache_dir,
                                              const CacheEvictRequest& request);

}  // namespace jitgemm
