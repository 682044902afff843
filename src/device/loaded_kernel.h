// A kernel that is ready to be launched in one context. The kernels of all contexts and devices of
// the process share the cubin's library object.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/desc.h"
#include "src/plan/kernel.h"
#include "src/plan/overlap.h"
#include "src/plan/plan.h"
#include "src/plan/quantizer.h"

namespace jitgemm::device {

// Thread rule: immutable once loaded; launch() from any number of threads.
class LoadedKernel {
 public:
  // Loads the cubin and makes it ready in the current context: function resolved, shared-memory
  // limit raised. Stream captures on any thread stay valid. Errors: kMissing when no context is
  // current; kDriverError, naming the call.
  static Result<std::shared_ptr<const LoadedKernel>> load(std::shared_ptr<const Driver> driver,
                                                          std::string_view cubin,
                                                          const plan::Kernel& kernel);

  // The same kernel, ready in the current context, which may be of another device. The library
  // object is loaded once per process; this resolves the kernel's function. Errors: as load().
  Result<std::shared_ptr<const LoadedKernel>> in_current_context() const;

  // Enqueues one GEMM: of the kernel's own shape or, if the kernel is generic, of any shape. The
  // kernel is a GEMM's, and its context is current. Encodes two or three tensor maps and launches;
  // allocates nothing and takes no lock. Errors: kDriverError, naming the call.
  Status launch(const plan::Operation& gemm, Stream stream, int sms,
                const plan::Overlap& overlap = {}) const;

  // The same for a quantiser, whose kernel has the desc of the operation.
  Status launch(const plan::Quantization& quantization, Stream stream, int sms) const;

  const plan::Kernel& kernel() const { return image_->kernel; }
  uint64_t context() const { return context_; }  // its id, as of current_context_id()
  uint64_t launches() const { return launches_.load(std::memory_order_relaxed); }

 private:
  // The driver's library object of a cubin (cuLibraryLoadData), which belongs to no context.
  struct Image {
    std::shared_ptr<const Driver> driver;
    plan::Kernel kernel;
    CUlibrary library = nullptr;
    CUkernel function = nullptr;

    Image(std::shared_ptr<const Driver> driver, const plan::Kernel& kernel);
    ~Image();  // unloads; ignores the error of a driver that is shutting down
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    Status load(std::string_view cubin);
    Status make_ready() const;  // in the current context
  };
  LoadedKernel(std::shared_ptr<const Image> image, uint64_t context);
  static Result<std::shared_ptr<const LoadedKernel>> ready(std::shared_ptr<const Image> image);
  // Launches with one pointer to each of the kernel's parameters.
  Status enqueue(const plan::Grid& grid, bool pdl, void** parameters, Stream stream) const;

  const std::shared_ptr<const Image> image_;
  const uint64_t context_;
  // On a cache line of its own, as every thread that launches reads the members above.
  alignas(64) mutable std::atomic<uint64_t> launches_ = 0;
};

}  // namespace jitgemm::device
