// Cubins: gives the cubin of a kernel, without a GPU: from disk, else compiled and then published.
//
// Single flight per key: SingleFlight provides it for the threads of this object, the store's lock
// for processes. Nothing is kept in memory. No mutex is held over a compile or a disk read. The
// store's lock is held over the second look into the cache, the compile and the publishing.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/log.h>
#include <jitgemm/status.h>
#include "cache/store.h"
#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/compiler.h"
#include "src/plan/kernel.h"
#include "src/runtime/atomic_counters.h"
#include "src/runtime/single_flight.h"
#include "src/runtime/warning_budget.h"

namespace jitgemm {

struct CubinParts {
  std::vector<std::shared_ptr<cache::Store>> read_only = {};  // looked up first, in this order
  std::shared_ptr<cache::Store> store = {};  // looked up last and published to; may be null
  Status no_store = {};  // if store is null: why it could not be opened; ok if none was asked for
  std::function<Result<std::shared_ptr<compile::Compiler>>()> compiler;  // opens it on first use
  LogSink log = {};
  RangeHooks ranges = {};
  // How long to wait for another process that is making the same kernel. It may hang, so this ends.
  std::chrono::milliseconds longest_wait = std::chrono::seconds(30);
};

// A kernel's name, page and key.
struct CubinRequest {
  explicit CubinRequest(const plan::Kernel& wanted);
  std::string kernel;
  codegen::Source source;
  codegen::Key key;
};

struct Cubin {
  std::shared_ptr<const std::string> bytes;
  bool compiled = false;  // false: it came from disk
  double compile_ms = 0;
  bool on_disk = false;
  Status publish_error = {};  // ok when it was published, or no cache folder was asked for
};

// Thread rule: all methods from any number of threads.
class Cubins {
 public:
  Cubins(CubinParts parts, AtomicCounters* counters);

  // Errors: kCompileFailed; kMissing (NVRTC) when it has to be compiled.
  Result<Cubin> get(const CubinRequest& request);

  // ok when get() would find the entry in a layer, verified. Counts nothing. Errors: kIoError.
  Status verify(const CubinRequest& request) const;

  // Compiles and publishes without a look at the disk. Errors: as get().
  Result<Cubin> get_anew(const CubinRequest& request);

 private:
  using OpenedCompiler = Result<std::shared_ptr<compile::Compiler>>;
  Result<Cubin> read_or_compile(const CubinRequest& request);
  void note_refusal(const CubinRequest& request, const cache::Lookup& lookup);
  std::optional<Cubin> read(const CubinRequest& request, const OpenedCompiler& compiler);
  cache::MakerLock lock(const CubinRequest& request, const OpenedCompiler& compiler);
  Result<Cubin> compile(const CubinRequest& request, const OpenedCompiler& compiler);
  Status publish(const CubinRequest& request, const std::string& builder, const std::string& cubin);

  const CubinParts parts_;
  const std::vector<std::shared_ptr<cache::Store>> layers_;  // parts_.read_only, then parts_.store
  AtomicCounters* const counters_;
  WarningBudget warnings_;
  SingleFlight<Cubin> flights_{Keep::kNothing};
};

}  // namespace jitgemm
