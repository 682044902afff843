// What a Library holds. Not part of the API.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "cache/store.h"
#include "src/compile/compiler.h"
#include "src/device/driver.h"
#include "src/base/home_process.h"
#include "src/runtime/opened.h"
#include "src/runtime/registry.h"
#include "src/runtime/tables.h"
#include "src/runtime/worker.h"

namespace jitgemm {

class GemmState;

class LibraryState {
 public:
  using OpenCompiler = Opened<compile::Compiler>::Open;

  // Checks the options and reads the files that they name. Errors: as Library::open().
  static Result<std::shared_ptr<LibraryState>> open(Options options, OpenCompiler open_compiler);

  // What open() reads of files.
  struct Files {
    Tables tables;
    cache::Trust trust;
  };
  LibraryState(Options options, Files files, OpenCompiler open_compiler);
  ~LibraryState();

  const Options& options() const { return options_; }
  // Where all else may be used. Elsewhere nothing here is touched, not even to destroy it.
  const HomeProcess& home() const { return home_; }
  // What planning rests on, beside shape, M and device. Valid as long as this object.
  plan::Rules rules(plan::Chain chain) const {
    return files_.tables.complete(
        {.form = options_.form, .chain = chain, .batch_invariant = options_.batch_invariant});
  }
  // ok, or why there is no cache on disk.
  const Status& cache_status() const { return cache_status_; }
  Result<DriverPtr> driver() { return driver_.get(); }
  Result<std::shared_ptr<compile::Compiler>> compiler() { return compiler_.get(); }
  Registry& registry() { return registry_; }
  Worker& worker() { return worker_; }
  Counters counters() const;

  // Of the current context's device, as long as this lives, and the same for everyone who asks:
  // what one handle prepared is ready in all. Errors: as Library::gemm().
  Result<GemmState*> gemm(const GemmDesc& desc);

  // As Library::kernels().
  std::vector<KernelRecord> kernels();

 private:
  RegistryParts parts();
  Result<GemmState*> find_or_plan(const GemmDesc& desc);
  void add_layer(const std::string& dir, CubinParts* cubins);
  void add_store(CubinParts* cubins);

  const HomeProcess home_;
  const Options options_;
  const Files files_;
  Status cache_status_;
  uint64_t folders_refused_ = 0, orphans_removed_ = 0;  // when the cache was opened
  Opened<compile::Compiler> compiler_;
  Opened<const device::Driver> driver_;
  Registry registry_;

  using GemmKey = std::tuple<CUdevice, int64_t, int64_t>;  // device, n, k
  std::mutex gemms_mutex_;
  std::map<GemmKey, std::unique_ptr<GemmState>> gemms_;

  Worker worker_;  // of MissPolicy::kBackground; last: its jobs use all of the above
};

}  // namespace jitgemm
