// Looking inside: what `jitgemm explain`, `doctor` and `cache` show. Nothing here is needed to run
// a GEMM.
//
// Thread rule: free functions, callable from any thread. None needs a GPU.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/export.h>
#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm {

// Whether the library serves a shape. Errors: kInvalidArgument, which says why not.
JITGEMM_API Status validate(const GemmDesc& desc);

// A GPU that kernels can be planned for.
struct GpuInfo {
  std::string name;  // "H200", "H100 SXM", ...
  int sms = 0;
};
JITGEMM_API std::vector<GpuInfo> known_gpus();

struct CandidateInfo {
  std::string name;         // the kernel's name
  double predicted_us = 0;  // by the planner's model; meaningless when rejected
  std::string rejected;     // empty, or the reason
};

struct Explanation {
  std::string kernel_name;
  std::string reason;                     // why this kernel, in one line
  std::vector<CandidateInfo> candidates;  // best first, then the rejected
  std::string source;                     // the generated page
  std::string key_text;    // everything that decides the cubin's bytes, but for the compiler
  std::string key_digest;  // its XXH3-128 in hexadecimal
};

struct ExplainOptions {
  Form form = Form::kAuto;  // as in Options, and so are the tables
  std::string tuning_table = {};
  bool embedded_table = true;
  bool pdl = false;  // the kernel for launches with args.pdl
  bool batch_invariant = false;
};

// What the planner would do for D[m,n] on `gpu`. Errors: kInvalidArgument.
JITGEMM_API Result<Explanation> explain(const GemmDesc& desc, int64_t m, std::string_view gpu,
                                        const ExplainOptions& options = {});

struct NvrtcInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0"
  std::string build;    // build ids of libnvrtc and its builtins
};
// Errors: kMissing, whose detail lists what was looked for.
JITGEMM_API Result<NvrtcInfo> probe_nvrtc(const std::string& nvrtc_path = {});

struct GpuDevice {
  std::string name;  // the driver's word for it
  int sms = 0;
  int compute_major = 0, compute_minor = 0;
  std::string planned_as;  // the entry of known_gpus() it is planned as; empty when unsupported
};
struct DriverInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0", the newest CUDA that it serves
  std::vector<GpuDevice> gpus;
};
// Errors: kMissing, kDriverError.
JITGEMM_API Result<DriverInfo> probe_driver(const std::string& driver_path = {});

// ---- the cache on disk ----

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

JITGEMM_API Result<CacheStats> cache_stats(const std::string& cache_dir);
// Every entry, verified, in order of name.
JITGEMM_API Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir);
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
