#include "tools/harness/gpu.h"

#include <fmt/format.h>

#include <utility>

#include "src/device/gpu.h"

namespace jitgemm::harness {

Gpu::Gpu(std::shared_ptr<const device::Driver> driver, const DriverFunctions& functions,
         CUdevice device)
    : driver_(std::move(driver)), functions_(functions), device_(device) {}

Result<GpuPtr> Gpu::open(const std::string& driver_path, int device) {
  Result<std::shared_ptr<const device::Driver>> driver = device::Driver::open(driver_path);
  if (!driver.ok()) return driver.status();
  Result<std::vector<plan::DeviceAttributes>> devices = device::all_attributes(**driver);
  if (!devices.ok()) return devices.status();
  const auto count = static_cast<int>(devices->size());
  if (device < 0 || device >= count)
    return Status(StatusCode::kMissing,
                  fmt::format("there is no GPU {}: the CUDA driver shows {}", device, count));
  const plan::DeviceAttributes& attributes = (*devices)[device];
  Result<plan::DeviceModel> model = plan::device_by_attributes(attributes);
  if (!model.ok()) return model.status();
  Result<DriverFunctions> functions = DriverFunctions::of(**driver);
  if (!functions.ok()) return functions.status();

  std::shared_ptr<Gpu> gpu(new Gpu(*driver, *functions, device));
  gpu->name_ = attributes.name;
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

Result<int64_t> Gpu::free_bytes() const {
  size_t free = 0, total = 0;
  Status status = check(functions_.cuMemGetInfo_v2(&free, &total), "cuMemGetInfo");
  if (!status.ok()) return status;
  return static_cast<int64_t>(free);
}

}  // namespace jitgemm::harness
