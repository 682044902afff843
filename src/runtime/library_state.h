// LibraryState: everything behind a Library. README.md of this folder draws how a kernel is found.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "cache/store.h"
#include "src/base/home_process.h"
#include "src/compile/compiler.h"
#include "src/device/driver.h"
#include "src/plan/plan.h"
#include "src/runtime/registry.h"
#include "src/runtime/single_flight.h"
#include "src/runtime/tables.h"
#include "src/runtime/worker.h"

namespace jitgemm {

class GemmState;
class QuantizerState;

class LibraryState {
 public:
  using OpenCompiler = Opened<compile::Compiler>::Open;

  // Checks the options and reads the files that they name. `open_compiler` may replace NVRTC.
  // Errors: as Library::open().
  static Result<std::shared_ptr<LibraryState>> open(Options options,
                                                    OpenCompiler open_compiler = {});

  ~LibraryState();

  const Options& options() const { return options_; }
  // The process that opened the library. In another one, a child of fork(), nothing else of this
  // object may be used, and it is never destroyed.
  const HomeProcess& home() const { return home_; }
  // The rules of planning, beside shape, M and device. Valid as long as this object.
  plan::Rules rules(plan::Chain chain) const {
    return {.form = options_.form,
            .chain = chain,
            .batch_invariant = options_.batch_invariant,
            .tables = tables_};
  }
  // ok, or the reason why there is no cache on disk.
  const Status& cache_status() const { return cache_status_; }
  Result<DriverPtr> driver() { return driver_.get(); }
  Result<std::shared_ptr<compile::Compiler>> compiler() { return compiler_.get(); }
  Registry& registry() { return registry_; }
  Worker& worker() { return worker_; }
  Counters counters() const;

  // The state of a shape on the current context's device. All handles of the shape share it, so
  // that all can launch what one has prepared. It lives as long as this object. Errors: as
  // Library::gemm().
  Result<GemmState*> gemm(const GemmDesc& desc);

  // The same for a quantiser. Errors: as Library::quantizer().
  Result<QuantizerState*> quantizer(const QuantizeDesc& desc);

  std::vector<KernelRecord> kernels();  // as Library::kernels()

 private:
  LibraryState(Options options, Tables tables, cache::Trust trust, OpenCompiler open_compiler);
  RegistryParts parts();
  Result<GemmState*> find_or_plan(const GemmDesc& desc);
  Result<QuantizerState*> find_or_make(const QuantizeDesc& desc);
  // The driver, and the device of the current context.
  struct Here {
    DriverPtr driver;
    CUdevice device;
    plan::DeviceModel model;
  };
  Result<Here> here();
  void add_layer(const std::string& dir, CubinParts* cubins);
  void add_store(CubinParts* cubins);

  const HomeProcess home_;
  const Options options_;
  const Tables tables_;       // read from the files that options_ names
  const cache::Trust trust_;  // from its key files
  Status cache_status_;
  uint64_t folders_refused_ = 0, orphans_removed_ = 0;  // counted when the cache was opened
  Opened<compile::Compiler> compiler_;
  Opened<const device::Driver> driver_;
  Registry registry_;

  using GemmKey = std::tuple<CUdevice, int64_t, int64_t, BiasType>;  // device, n, k, bias
  std::mutex gemms_mutex_;
  std::map<GemmKey, std::unique_ptr<GemmState>> gemms_;

  std::mutex quantizers_mutex_;
  std::map<std::pair<CUdevice, std::string>, std::unique_ptr<QuantizerState>>
      quantizers_;  // by name

  Worker worker_;  // for MissPolicy::kBackground; last, as its jobs use the members above
};

}  // namespace jitgemm
