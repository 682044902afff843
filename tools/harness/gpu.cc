#include "tools/harness/gpu.h"

#include <utility>

#include "src/device/gpu.h"

namespace jitgemm::harness {

Gpu::Gpu(std::shared_ptr<const device::Driver> driver, const DriverFunctions& functions)
    : driver_(std::move(driver)), functions_(functions) {}

Result<GpuPtr> Gpu::open(const std::string& driver_path) {
  Result<std::shared_ptr<const device::Driver>> driver = device::Driver::open(driver_path);
  if (!driver.ok()) return driver.status();
  Result<std::vector<plan::DeviceAttributes>> devices = device::all_attributes(**driver);
  if (!devices.ok()) return devices.status();
  if (devices->empty()) return Status(StatusCode::kMissing, "the CUDA driver shows no GPU");
  Result<plan::DeviceModel> model = plan::device_by_attributes(devices->front());
  if (!model.ok()) return model.status();
  Result<DriverFunctions> functions = DriverFunctions::of(**driver);
  if (!functions.ok()) return functions.status();

  std::shared_ptr<Gpu> gpu(new Gpu(*driver, *functions));
  gpu->name_ = devices->front().name;
  gpu->model_ = *std::move(model);
  Status status = gpu->check(gpu->functions_.cuDevicePrimaryCtxRetain(&gpu->context_, gpu->device_),
                             "cuDevicePrimaryCtxRetain");
  if (status.ok()) status = gpu->make_current();
  if (!status.ok()) return status;
  return GpuPtr(std::move(gpu));
}

Gpu::~Gpu() {
  if (context_) functions_.cuDevicePrimaryCtxRelease_v2(device_);
}

Status Gpu::make_current() const {
  return check(functions_.cuCtxSetCurrent(context_), "cuCtxSetCurrent");
}

}  // namespace jitgemm::harness
