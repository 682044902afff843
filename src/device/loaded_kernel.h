// A kernel that is ready to be launched in a context. The cubin's library object is shared by the
// kernels of all contexts and devices of the process.
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
  // Loads the cubin and makes it ready in the current context: function resolved, shared-memory
  // limit raised. Whatever is being captured meanwhile, on any thread, goes on. Errors: kMissing
  // when no context is current; kDriverError, naming the call.
  static Result<std::shared_ptr<const LoadedKernel>> load(std::shared_ptr<const Driver> driver,
                                                          std::string_view cubin,
                                                          const plan::KernelConfig& config);

  // The same kernel, ready in the current context, which may be of another device. Nothing is
  // loaded from the host again. Errors: as load().
  Result<std::shared_ptr<const LoadedKernel>> in_current_context() const;

  // Enqueues one GEMM, of the kernel's own shape or, if it is generic, of any. No allocation, no
  // lock. Errors: kDriverError, naming the call.
  Status launch(const plan::Operation& gemm, Stream stream, int sms,
                const plan::Overlap& overlap = {}) const;

  const plan::KernelConfig& config() const { return image_->config; }
  uint64_t launches() const { return launches_.load(std::memory_order_relaxed); }

 private:
  // What the driver has of a cubin, whatever the context (cuLibraryLoadData).
  struct Image {
    std::shared_ptr<const Driver> driver;
    plan::KernelConfig config;
    CUlibrary library = nullptr;
    CUkernel kernel = nullptr;

    Image(std::shared_ptr<const Driver> driver, const plan::KernelConfig& config);
    ~Image();  // unloads; a driver that is shutting down is not an error
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    Status load(std::string_view cubin);
    Status make_ready() const;  // in the current context
  };
  explicit LoadedKernel(std::shared_ptr<const Image> image);
  static Result<std::shared_ptr<const LoadedKernel>> ready(std::shared_ptr<const Image> image);

  const std::shared_ptr<const Image> image_;
  // On a cache line of its own: the rest is read by every thread that launches.
  alignas(64) mutable std::atomic<uint64_t> launches_ = 0;
};

}  // namespace jitgemm::device
