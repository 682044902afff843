// The registry: gives a loaded kernel, from memory, else from disk, else compiled.
//
// Single flight: when several threads ask for a kernel that is not loaded, one makes it and all get
// it. A failure is delivered to the threads that waited and then forgotten, so that the next call
// tries again. No lock is held over a compile, a disk read or a driver call.
//
// A process loads the bytes that it has just compiled, whether or not they could be published.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/device/loaded_kernel.h"
#include "src/plan/kernel.h"
#include "src/runtime/atomic_counters.h"
#include "src/runtime/cubins.h"
#include "src/runtime/single_flight.h"

namespace jitgemm {

using DriverPtr = std::shared_ptr<const device::Driver>;
using KernelPtr = std::shared_ptr<const device::LoadedKernel>;

// A loaded kernel, and where it came from.
struct MadeKernel {
  KernelPtr kernel;
  CUdevice device;
  KernelOrigin origin;
  double compile_ms, load_ms;
};

// The parts of a registry. The driver is opened on first use; a failure is tried again next time.
struct RegistryParts {
  CubinParts cubins;
  std::function<Result<DriverPtr>()> driver;
};

// Thread rule: all methods from any number of threads.
class Registry {
 public:
  explicit Registry(RegistryParts parts);

  // A kernel that is loaded in the current context. An entry of the cache that the driver refuses
  // is compiled anew, once. Errors: kCompileFailed; kMissing (driver, context, or NVRTC when the
  // kernel has to be compiled); kDriverError.
  Result<KernelPtr> get(const plan::Kernel& wanted);

  // Puts the kernel's entry in the cache, without a GPU. Errors: kCompileFailed; kMissing (NVRTC);
  // kIoError when it could not be published.
  Result<Cubin> warm(const plan::Kernel& wanted);

  // ok when the kernel's entry is on disk and can be read back and verified. Errors: kIoError.
  Status verify(const plan::Kernel& wanted) { return cubins_.verify(CubinRequest(wanted)); }

  Counters counters() const;
  std::vector<MadeKernel> made() const;  // all that are loaded

 private:
  Result<KernelPtr> make(const plan::Kernel& wanted, const DriverPtr& driver);
  Result<MadeKernel> make_first(const plan::Kernel& wanted, const DriverPtr& driver);
  Result<KernelPtr> load(const DriverPtr& driver, const std::string& cubin,
                         const plan::Kernel& wanted);
  Result<Cubin> replace_refused(const CubinRequest& request, const Status& refusal);

  const LogSink log_;
  const RangeHooks ranges_;
  const std::function<Result<DriverPtr>()> driver_;
  AtomicCounters counters_;
  Cubins cubins_;
  SingleFlight<KernelPtr> kernels_{Keep::kSuccess};  // by name and the context's id
  SingleFlight<MadeKernel> firsts_{Keep::kSuccess};  // by name: the first context's

  mutable std::mutex made_mutex_;
  std::vector<MadeKernel> made_;
};

}  // namespace jitgemm
