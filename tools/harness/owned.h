// Owned: an object of the driver, such as a stream, and the GPU that it is on.
#pragma once

#include <utility>

#include "tools/harness/gpu.h"

namespace jitgemm::harness {

// `destroy` is the member of DriverFunctions that destroys a Handle.
template <typename Handle, auto destroy>
class Owned {
 public:
  Owned() = default;  // owns nothing
  Owned(GpuPtr gpu, Handle handle) : gpu_(std::move(gpu)), handle_(handle) {}
  Owned(Owned&& other) noexcept
      : gpu_(std::move(other.gpu_)), handle_(std::exchange(other.handle_, Handle{})) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(gpu_, other.gpu_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_) (gpu_->driver().*destroy)(handle_);
  }

  Handle get() const { return handle_; }

 protected:
  const Gpu& gpu() const { return *gpu_; }

 private:
  GpuPtr gpu_;
  Handle handle_{};
};

}  // namespace jitgemm::harness
