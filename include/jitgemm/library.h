// Library: opens what is needed (NVRTC and driver at run time, the cache on disk) and hands out
// Gemm.
//
//   auto library = jitgemm::Library::open({.cache_dir = "/var/cache/jitgemm"});
//   auto gemm = library->gemm({.n = 7168, .k = 2048});
//   gemm->prepare(8192);  // every kernel for M up to 8192, compiled or loaded
//   gemm->launch({.m = 16, .a = a, .a_scale = jitgemm::AScale::mn_major(sa, 16),
//                 .b = b, .b_scale = sb, .d = d}, stream);
//
// The library creates no CUDA context: calls that touch the GPU use the calling thread's current
// one. It prints nothing, throws nothing and reads no environment variable.
//
// Processes. A child of fork() opens a Library of its own: calls on its parent's are refused
// (kInvalidArgument) or give nothing, and to destroy that one there does nothing. At exit, what the
// library's own thread makes is waited for, and what a call of prepare() or prewarm() compiles;
// nothing else begins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/counters.h>
#include <jitgemm/export.h>
#include <jitgemm/gemm.h>
#include <jitgemm/keys.h>
#include <jitgemm/log.h>
#include <jitgemm/status.h>

namespace jitgemm {

// Called around what the library does, so that a profiler shows it as ranges (nvtxRangePushA and
// nvtxRangePop, say), from the thread that does it: launches, by their kernel's name, compiles,
// loads, and calls of prepare() and prewarm(). Must not call the library.
struct RangeHooks {
  std::function<void(const char* name)> push = {};
  std::function<void()> pop = {};
};

struct Options {
  std::string cache_dir = {};   // folder of compiled kernels, made when missing; empty: memory only
  std::string nvrtc_path = {};  // libnvrtc to open; empty: the usual names (see `jitgemm doctor`)
  std::string driver_path = {};  // libcuda to open; empty: libcuda.so.1
  LogSink log = {};              // empty: silent
  Form form = Form::kAuto;  // restrict the planner to one kernel form (for tests and comparisons)

  // Folders that are looked up before cache_dir, in this order, and never written: a layer of an
  // image, a share. A cache_dir that cannot be written is treated as one more.
  std::vector<std::string> read_only_cache_dirs = {};
  MissPolicy on_miss = MissPolicy::kDefault;  // of launches that name none
  // A tuning table of `jitgemm tune`; empty: none. Read by open().
  std::string tuning_table = {};
  bool embedded_table = true;  // ask the library's own table after that; false: plan by the model
  // A row of D has the same bits whatever M is and whatever the other rows are: K is parted the
  // same way for every M of a shape. Costs time where few and many tokens want different
  // partitions.
  bool batch_invariant = false;

  // A cache folder is code that will run: one that is owned by another user than this process's or
  // root, or that others than its owner may write, is not used, and neither is such an entry. These
  // users are trusted as well.
  std::vector<uint32_t> trusted_cache_owners = {};
  // What cache_dir may hold, temporary files included; above that the least recently used entries
  // go. Soft: what is being published comes on top. 0: no limit.
  uint64_t cache_max_bytes = 0;
  // Where processes of this host agree on who compiles, when cache_dir is on a network file system
  // or has no locks. Empty: `jitgemm-<user id>` in /run/user/<user id>, else in /tmp.
  std::string cache_lock_dir = {};
  // The `jitgemm` command of this version, a path. While several threads compile, processes of it
  // take half of the work, one thread each, as NVRTC lets one thread of a process parse at a time:
  // from eight threads on that tells. They inherit the environment, no files, and have ended when
  // nobody compiles any more; the process gets SIGCHLD for each. Where it is not to be had, a
  // warning says so, and threads of this process compile all. Empty: they do in any case.
  std::string compile_command = {};
  // Signed mode, in all folders above, whoever owns them: see keys.h and cache/TRUST.md. Read by
  // open().
  Keys keys = {};
  RangeHooks ranges = {};  // empty: nobody is told; else both
};

// Where a kernel's code came from.
enum class KernelOrigin : int {
  kCompiled = 0,
  kDisk = 1,
  kMemory = 2,  // this process had made it for another device or context
};

// A kernel that is loaded in a context of a device.
struct KernelRecord {
  std::string name = {};
  GemmDesc shape = {};         // n = k = 0: a generic kernel, which serves every shape
  Form form = Form::kSwapped;  // or kNormal
  int device = 0;              // the driver's number of it
  int64_t m_first = 0;         // the least M that it serves
  int64_t m_last = 0;          // the largest one
  std::string plan = {};       // what chose it at m_first: "model", "generic", or a table's name
  KernelOrigin origin = KernelOrigin::kCompiled;
  double compile_ms = 0;  // 0 when it was not compiled for this record
  double load_ms = 0;
  uint64_t launches = 0;
};

class GemmState;
class LibraryState;

// One weight shape on one device. Immutable and cheap to copy; copies share their kernels.
// Thread rule: all methods may be called from any number of threads at once.
class JITGEMM_API Gemm {
 public:
  // Makes every kernel that some M in [1, m_max] needs, with args.pdl and without: from memory,
  // else from disk, else compiled; and loads it. Blocks. Streams may be captured meanwhile.
  // Errors: kCompileFailed, kMissing,
  // kDriverError.
  Status prepare(int64_t m_max) const;

  // Enqueues D = A * B^T on `stream`. If the kernel for args.m was prepared: no allocation, lock or
  // file access, and it may be captured in a graph. If not, args.on_miss says what happens; where
  // `stream` is being captured, the launch is refused at once: nothing is made, locked or logged,
  // and the capture goes on.
  // Errors: kInvalidArgument before anything is enqueued; kDriverError names the call; kNotReady
  // names the missing kernel; as prepare() when the kernel has to be made.
  Status launch(const GemmArgs& args, Stream stream) const;

  const GemmDesc& desc() const;

  // The name of the kernel that serves `m` >= 1, such as
  // "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4", in launches with args.pdl or without.
  std::string kernel_name(int64_t m, bool pdl = false) const;

 private:
  friend class Library;
  explicit Gemm(std::shared_ptr<GemmState> state);
  std::shared_ptr<GemmState> state_;
};

// A kernel by its name and, where it is known, the digest of its key (Explanation::key_digest).
struct KernelId {
  std::string name;
  std::string key_digest = {};
};

// What to compile into the cache for a GPU that need not be here: the kernels of the shapes, and
// the generic ones, if there are shapes.
struct PrewarmRequest {
  std::vector<GemmDesc> shapes = {};  // duplicates are dropped
  int64_t m_max = 8192;
  std::string gpu = "H200";   // a name of known_gpus(); planning depends on its number of SMs
  int jobs = 1;               // threads that compile
  int shard = 1, shards = 1;  // makes the kernels of part 1, 2, .. of so many: hosts share the work
  // Beside those of the shapes; a manifest's. One whose key is another in this version of the
  // library is an error.
  std::vector<KernelId> kernels = {};
  // What was published is read back and verified, so that a report without failures says that every
  // kernel is on disk as this Library will look for it. Without a compiler, that is found out of
  // what is there.
  bool verify = false;
};

struct PrewarmReport {
  int64_t shapes = 0;   // distinct shapes
  int64_t kernels = 0;  // distinct kernels that they need, of this shard
  int64_t compiled = 0;
  int64_t hit_disk = 0;
  int64_t failed = 0;  // not compiled, or compiled and not published
  double seconds = 0;
  std::vector<double> compile_ms;  // one per compiled kernel
  std::vector<Status> errors;      // one per failed kernel
  std::vector<KernelId> needed;    // all `kernels`, in their order
};

// What to make ready on the device of the current context.
struct PrepareRequest {
  std::vector<GemmDesc> shapes = {};  // duplicates are dropped
  int64_t m_max = 8192;
  int threads = 1;  // that compile and load, the calling one included
};

struct PrepareReport {
  int64_t shapes = 0;   // distinct shapes
  int64_t kernels = 0;  // distinct kernels that they need
  int64_t ready = 0;    // loaded: launches of them make nothing
  int64_t failed = 0;   // the rest: kernels == ready + failed
  double seconds = 0;
  std::vector<Status> errors;  // one per failed kernel; the message begins with its name

  bool complete() const { return ready == kernels; }
};

// Called after each kernel, from the thread that made it, one call at a time.
using PrewarmProgress =
    std::function<void(int64_t done, int64_t total, std::string_view kernel_name)>;

// Thread rule: all methods may be called from any number of threads at once.
class JITGEMM_API Library {
 public:
  // Opens no GPU and no NVRTC yet: a machine without either can open a Library. Errors:
  // kInvalidArgument (form, tuning_table, ranges, keys), kMissing (libcrypto, where there are
  // keys). A cache folder that cannot be used is not an error: it is logged and counted.
  static Result<Library> open(Options options);

  // A handle for one weight shape on the device of the current context. Compiles nothing, unless
  // Options::on_miss is kBackground: the first handle on a device makes the generic kernels, or
  // fails as Gemm::prepare() would. Errors: kInvalidArgument (n, k), kMissing (driver, context),
  // kUnsupportedDevice.
  Result<Gemm> gemm(const GemmDesc& desc) const;

  // Compiles what the request names into the cache directory. Needs NVRTC, but no GPU and no
  // driver. Errors: kInvalidArgument, kMissing (NVRTC), kIoError (no cache directory). Kernels that
  // fail are counted in the report.
  Result<PrewarmReport> prewarm(const PrewarmRequest& request,
                                const PrewarmProgress& progress = {}) const;

  // Makes every kernel that some M in [1, m_max] of the shapes needs, as Gemm::prepare() does, on
  // several threads, and loads it in the calling thread's context: ready in all handles of these
  // shapes, those made before and those to come. Blocks. What compilers have freed goes back to the
  // system (glibc: malloc_trim). Errors: kInvalidArgument, kMissing (driver, context),
  // kUnsupportedDevice, kDriverError. Kernels that fail are counted in the report.
  Result<PrepareReport> prepare(const PrepareRequest& request,
                                const PrewarmProgress& progress = {}) const;

  Counters counters() const;

  // The kernels that are loaded, by device and name.
  std::vector<KernelRecord> kernels() const;

  // The counters and the kernels in the text format that Prometheus scrapes.
  std::string prometheus() const;

 private:
  friend struct LibraryAccess;
  explicit Library(std::shared_ptr<LibraryState> state);
  std::shared_ptr<LibraryState> state_;
};

}  // namespace jitgemm
