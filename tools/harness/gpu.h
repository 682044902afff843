// Gpu: a device and its primary context, for programs that have no context of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/device_model.h"
#include "tools/harness/driver_functions.h"

namespace jitgemm::harness {

class Gpu;
using GpuPtr = std::shared_ptr<const Gpu>;  // held by every object on the GPU

// Thread rule: immutable; a thread that uses it calls make_current() first.
class Gpu {
 public:
  // Opens the driver (empty: libcuda.so.1) and makes the context of a device, by its number,
  // current in this thread. Errors: kMissing (driver, GPU), kUnsupportedDevice (not compute
  // capability 9.0), kDriverError.
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
  Gpu(std::shared_ptr<const device::Driver> driver, const DriverFunctions& functions,
      CUdevice device);

  const std::shared_ptr<const device::Driver> driver_;
  const DriverFunctions functions_;
  const CUdevice device_;
  CUcontext context_ = nullptr;
  std::string name_;
  plan::DeviceModel model_;
};

}  // namespace jitgemm::harness
