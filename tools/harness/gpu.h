// Gpu: a device and its primary context, for programs that have no context of their own.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/device_model.h"

namespace jitgemm::harness {

// The driver functions that the harness uses beside the library's. The names are the driver's exact
// symbols, except that <cuda.h> may rename cuEventElapsedTime, which every driver has by that name.
#define JITGEMM_HARNESS_DRIVER_FUNCTIONS(F) \
  F(cuDevicePrimaryCtxRetain)               \
  F(cuDevicePrimaryCtxRelease_v2)           \
  F(cuCtxSetCurrent)                        \
  F(cuMemAlloc_v2)                          \
  F(cuMemFree_v2)                           \
  F(cuMemGetInfo_v2)                        \
  F(cuMemsetD8Async)                        \
  F(cuMemcpyDtoHAsync_v2)                   \
  F(cuMemcpyHtoDAsync_v2)                   \
  F(cuStreamCreate)                         \
  F(cuStreamDestroy_v2)                     \
  F(cuStreamSynchronize)                    \
  F(cuStreamBeginCapture_v2)                \
  F(cuStreamEndCapture)                     \
  F(cuGraphInstantiateWithFlags)            \
  F(cuGraphLaunch)                          \
  F(cuGraphExecDestroy)                     \
  F(cuGraphDestroy)                         \
  F(cuEventCreate)                          \
  F(cuEventDestroy_v2)                      \
  F(cuEventRecord)                          \
  F(cuEventSynchronize)                     \
  F(cuEventElapsedTime)                     \
  F(cuModuleLoadData)                       \
  F(cuModuleUnload)                         \
  F(cuModuleGetFunction)                    \
  F(cuLaunchKernelEx)

struct DriverFunctions {
#define JITGEMM_MEMBER(symbol) decltype(&::symbol) symbol = nullptr;
  JITGEMM_HARNESS_DRIVER_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER
};

class Gpu;
using GpuPtr = std::shared_ptr<const Gpu>;  // held by every object on the GPU

// Thread rule: immutable; a thread that uses it calls make_current() first.
class Gpu {
 public:
  // Opens the driver (empty: libcuda.so.1) and makes the context of a device, by its number,
  // current in this thread. Errors: kMissing (driver, a function of it, GPU), kUnsupportedDevice
  // (not compute capability 9.0), kDriverError.
  static Result<GpuPtr> open(const std::string& driver_path, int device = 0);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  Status make_current() const;

  const DriverFunctions& driver() const { return functions_; }
  Status check(CUresult result, const char* call) const { return driver_->check(result, call); }

  const std::string& name() const { return name_; }          // the driver's name of it
  const plan::DeviceModel& model() const { return model_; }  // the device that it is planned as
  int sms() const { return model_.sms; }

  Result<int64_t> free_bytes() const;  // of device memory, when this context is current

 private:
  Gpu(std::shared_ptr<const device::Driver> driver, CUdevice device);
  Status look_up();

  const std::shared_ptr<const device::Driver> driver_;
  const CUdevice device_;
  DriverFunctions functions_;
  CUcontext context_ = nullptr;
  std::string name_;
  plan::DeviceModel model_;
};

// Runs task(i) for every i below `count` on all cores but one, with the GPU's context current, and
// waits for all of them. The last core is left to a thread that measures meanwhile; the calling
// thread takes part. Returns the first error in order of time; an error stops no other task. An
// exception of a task counts as its error (kInternal).
Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task);

}  // namespace jitgemm::harness
