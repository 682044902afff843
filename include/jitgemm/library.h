// Library: opens the cache on disk, NVRTC and the CUDA driver, and makes Gemm handles.
//
//   auto library = jitgemm::Library::open({.cache_dir = "/var/cache/jitgemm"});
//   auto gemm = library->gemm({.n = 7168, .k = 2048});
//   gemm->prepare(8192);  // every kernel for M up to 8192, compiled or loaded
//   gemm->launch({.m = 16, .a = a, .a_scale = jitgemm::AScale::mn_major(sa, 16),
//                 .b = b, .b_scale = sb, .d = d}, stream);
//
// CUDA. The library creates no context: calls that use the GPU use the current context of the
// calling thread. It prints nothing, throws nothing and reads no environment variable.
//
// Processes. A child of fork() must open its own Library. In the child, calls on the parent's
// Library are refused (kInvalidArgument) or return nothing, and destroying it does nothing. exit()
// waits for the background thread of the library and for compiles that are under way, and no new
// compile begins.
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
#include <jitgemm/options.h>
#include <jitgemm/quantize.h>
#include <jitgemm/status.h>

namespace jitgemm {

// Where a kernel's code came from.
enum class KernelOrigin : int {
  kCompiled = 0,
  kDisk = 1,
  kMemory = 2,  // made before, for another device or context of this process
};

// A kernel that is loaded in a context of a device.
struct KernelRecord {
  std::string name = {};
  GemmDesc shape = {};         // n = k = 0: a generic kernel, which serves every shape
  Form form = Form::kSwapped;  // or kNormal; kAuto: a quantiser, of shape.k columns
  int device = 0;              // ordinal of the driver
  int64_t m_first = 0;         // the least M that it serves
  int64_t m_last = 0;          // the largest M that it serves
  std::string plan =
      {};  // what chose it at m_first: "model", "generic" or a table's name; "quantizer"
  KernelOrigin origin = KernelOrigin::kCompiled;
  double compile_ms = 0;  // 0: not compiled for this device and context
  double load_ms = 0;
  uint64_t launches = 0;
};

class GemmState;
class LibraryState;

// One weight shape on one device: immutable and cheap to copy; copies share their kernels. A Gemm
// keeps its Library open, and with it all loaded kernels, so it must outlive its launches on the
// GPU and the graphs that captured them.
// Thread rule: all methods may be called from any number of threads at once.
class JITGEMM_API Gemm {
 public:
  // Loads every kernel that M in [1, m_max] needs, for launches with args.pdl and without. A kernel
  // comes from memory, or else from disk, or else it is compiled. Blocks. Other threads may capture
  // streams meanwhile. Errors: kInvalidArgument (m_max), kCompileFailed, kMissing, kDriverError.
  Status prepare(int64_t m_max) const;

  // Enqueues D = A * B^T on `stream`. If the kernel for args.m is loaded, the call allocates
  // nothing, takes no lock, reads no file, and may be captured in a graph. If it is not loaded,
  // args.on_miss decides; on a stream that is being captured the launch then returns kNotReady at
  // once, makes and logs nothing, and the capture goes on.
  // Errors: kInvalidArgument, before anything is enqueued; kDriverError, which names the driver's
  // call; kNotReady, which names the missing kernel; those of prepare() when the call makes the
  // kernel.
  Status launch(const GemmArgs& args, Stream stream) const;

  const GemmDesc& desc() const;

  // The name of the kernel that serves `m` >= 1 in launches with args.pdl or without, such as
  // "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4".
  std::string kernel_name(int64_t m, bool pdl = false) const;

 private:
  friend class Library;
  explicit Gemm(std::shared_ptr<GemmState> state);
  std::shared_ptr<GemmState> state_;
};

// The name of a kernel and, if known, the digest of its key (Explanation::key_digest).
struct KernelId {
  std::string name;
  std::string key_digest = {};
};

// The kernels to compile into the cache, for a GPU that need not be present: those that the shapes
// need, the generic ones (if there are shapes), those of the quantisers, and `kernels`.
struct PrewarmRequest {
  std::vector<GemmDesc> shapes = {};  // duplicates are dropped
  int64_t m_max = 8192;
  std::string gpu = "H200";   // a name of known_gpus(); its number of SMs decides the plan
  int jobs = 1;               // threads that compile
  int shard = 1, shards = 1;  // makes the kernels of part `shard`, 1 to `shards`, of all kernels
  // Further kernels, for example those of a manifest. A key that differs from the kernel's key in
  // this version of the library is an error (kInvalidArgument).
  std::vector<KernelId> kernels = {};
  std::vector<QuantizeDesc> quantizers = {};
  // Reads back and verifies every entry, so that a report without failures says that this Library
  // will find all its kernels on disk. Without a compiler, this checks the entries that exist.
  bool verify = false;
};

struct PrewarmReport {
  int64_t shapes = 0;   // distinct shapes
  int64_t kernels = 0;  // distinct kernels of this shard
  int64_t compiled = 0;
  int64_t hit_disk = 0;
  int64_t failed = 0;  // not compiled, or compiled but not written
  double seconds = 0;
  std::vector<double> compile_ms;  // one per compiled kernel
  std::vector<Status> errors;      // one per failed kernel
  std::vector<KernelId> needed;    // the name and key of each of the `kernels`
};

// The shapes to prepare on the device of the current context.
struct PrepareRequest {
  std::vector<GemmDesc> shapes = {};  // duplicates are dropped
  int64_t m_max = 8192;
  int threads = 1;  // threads that compile and load, the calling one included
};

struct PrepareReport {
  int64_t shapes = 0;   // distinct shapes
  int64_t kernels = 0;  // distinct kernels that the shapes need: ready + failed
  int64_t ready = 0;    // loaded, so that their launches make nothing
  int64_t failed = 0;
  double seconds = 0;
  std::vector<Status> errors;  // one per failed kernel; the message begins with its name

  bool complete() const { return ready == kernels; }
};

// Called after each kernel, from the thread that made it, one call at a time. If the callback
// throws an exception, the work stops, and the function that called it returns kInternal with its
// text.
using PrewarmProgress =
    std::function<void(int64_t done, int64_t total, std::string_view kernel_name)>;

// A Library: cheap to copy; copies share everything, and the kernels are unloaded with the last
// copy and the last Gemm.
// Thread rule: all methods may be called from any number of threads at once.
class JITGEMM_API Library {
 public:
  // Opens a library. The GPU driver and NVRTC are opened later, on first use, so this works on a
  // machine without them. A cache folder that cannot be used is logged and counted, and is not an
  // error. Errors: kInvalidArgument (form, tuning_table, ranges, keys), kMissing (libcrypto, when
  // there are keys).
  static Result<Library> open(Options options);

  // Makes a handle for one weight shape on the device of the current context. It compiles nothing,
  // unless Options::on_miss is kBackground: then the first handle on a device makes the generic
  // kernels, with the errors of Gemm::prepare(). Errors: kInvalidArgument (n, k), kMissing (driver,
  // context), kUnsupportedDevice, kDriverError.
  Result<Gemm> gemm(const GemmDesc& desc) const;

  // Makes a handle for one quantiser on the device of the current context. It compiles nothing,
  // unless Options::on_miss is kBackground: then as Quantizer::prepare(). Errors: kInvalidArgument
  // (a field of the desc), kMissing (driver, context), kUnsupportedDevice, kDriverError.
  Result<Quantizer> quantizer(const QuantizeDesc& desc) const;

  // Compiles the kernels of the request into the cache directory. Needs NVRTC, but no GPU and no
  // driver. Blocks. The report counts the kernels that failed. Errors: kInvalidArgument, kMissing
  // (NVRTC), kIoError (no cache directory).
  Result<PrewarmReport> prewarm(const PrewarmRequest& request,
                                const PrewarmProgress& progress = {}) const;

  // Does what Gemm::prepare() does for several shapes, on several threads, in the context of the
  // calling thread. The kernels are then loaded for all handles of these shapes, also for those
  // made later. Blocks. NVRTC parses one source at a time per process, so more than four threads
  // gain little when many kernels have to be compiled: `jitgemm prewarm` divides that work among
  // processes. The report counts the kernels that failed. Errors: kInvalidArgument, kMissing
  // (driver, context), kUnsupportedDevice, kDriverError, kInternal (`progress` threw).
  Result<PrepareReport> prepare(const PrepareRequest& request,
                                const PrewarmProgress& progress = {}) const;

  Counters counters() const;

  // The loaded kernels, sorted by device and name.
  std::vector<KernelRecord> kernels() const;

  // The counters and the loaded kernels in the text format of Prometheus.
  std::string prometheus() const;

 private:
  friend struct LibraryAccess;
  explicit Library(std::shared_ptr<LibraryState> state);
  std::shared_ptr<LibraryState> state_;
};

}  // namespace jitgemm
