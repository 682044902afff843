// A kernel that is ready to be launched: the cubin's library object and its function, kept
// together.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/desc.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"

namespace jitgemm::device {

// Thread rule: immutable once loaded; launch() from any number of threads.
class LoadedKernel {
 public:
  // Loads the cubin (cuLibraryLoadData: context-independent, serves every GPU of the process) and
  // makes it ready in the current context: function resolved, shared-memory limit raised. Whatever
  // is being captured meanwhile, on any thread, goes on. Errors: kMissing when no context is
  // current; kDriverError, naming the call.
  static Result<std::shared_ptr<const LoadedKernel>> load(std::shared_ptr<const Driver> driver,
                                                          std::string_view cubin,
                                                          const plan::KernelConfig& config);
  ~LoadedKernel();  // unloads; a driver that is shutting down is not an error

  // Enqueues one GEMM, of the kernel's own shape or, if it is generic, of any. No allocation, no
  // lock. Errors: kDriverError, naming the call.
  Status launch(const plan::Operation& gemm, Stream stream, int sms,
                const plan::Overlap& overlap = {}) const;

  const plan::KernelConfig& config() const { return config_; }
  uint64_t launches() const { return launches_.load(std::memory_order_relaxed); }

 private:
  LoadedKernel(std::shared_ptr<const Driver> driver, const plan::KernelConfig& config);
  Status make_ready(std::string_view cubin);

  const std::shared_ptr<const Driver> driver_;
  const plan::KernelConfig config_;
  CUlibrary library_ = nullptr;
  CUkernel kernel_ = nullptr;
  // On a cache line of its own: the rest is read by every thread that launches.
  alignas(64) mutable std::atomic<uint64_t> launches_ = 0;
};

}  // namespace jitgemm::device
