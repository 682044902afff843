// What a Library holds, and the seam where tests put a compiler of their own. Not part of the API.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/compile/compiler.h"
#include "src/device/driver.h"
#include "src/opened.h"
#include "src/registry.h"

namespace jitgemm {

class LibraryState {
 public:
  using OpenCompiler = Opened<compile::Compiler>::Open;

  // Library::open() with another compiler than NVRTC. (Another driver is a matter of
  // Options::driver_path.)
  static Result<Library> open(Options options, OpenCompiler open_compiler);

  LibraryState(Options options, OpenCompiler open_compiler);

  const Options& options() const { return options_; }
  // ok, or why there is no cache on disk.
  const Status& cache_status() const { return cache_status_; }
  Result<DriverPtr> driver() { return driver_.get(); }
  Result<std::shared_ptr<compile::Compiler>> compiler() { return compiler_.get(); }
  Registry& registry() { return registry_; }

 private:
  RegistryParts parts();
  void add_layer(const std::string& dir, CubinParts* cubins);
  void add_store(CubinParts* cubins);

  const Options options_;
  Status cache_status_;
  Opened<compile::Compiler> compiler_;
  Opened<const device::Driver> driver_;
  Registry registry_;
};

}  // namespace jitgemm
