#include "tools/harness/gpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "src/base/shared_work.h"
#include "src/device/gpu.h"

namespace jitgemm::harness {

Gpu::Gpu(std::shared_ptr<const device::Driver> driver, CUdevice device)
    : driver_(std::move(driver)), device_(device) {}

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

  std::shared_ptr<Gpu> gpu(new Gpu(*driver, device));
  gpu->name_ = attributes.name;
  gpu->model_ = *std::move(model);
  Status status = gpu->look_up();
  if (status.ok())
    status = gpu->check(gpu->functions_.cuDevicePrimaryCtxRetain(&gpu->context_, gpu->device_),
                        "cuDevicePrimaryCtxRetain");
  if (status.ok()) status = gpu->make_current();
  if (!status.ok()) return status;
  return GpuPtr(std::move(gpu));
}

Gpu::~Gpu() {
  if (context_) functions_.cuDevicePrimaryCtxRelease_v2(device_);
}

Status Gpu::look_up() {
  const char* lacking = nullptr;
#define JITGEMM_LOOK_UP(symbol_name)                                             \
  functions_.symbol_name =                                                       \
      reinterpret_cast<decltype(&::symbol_name)>(driver_->symbol(#symbol_name)); \
  if (!functions_.symbol_name) lacking = #symbol_name;
  JITGEMM_HARNESS_DRIVER_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
  if (!lacking) return {};
  return {StatusCode::kMissing, fmt::format("{} has no {}", driver_->path(), lacking)};
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

Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task) {
  if (Status status = gpu.make_current(); !status.ok()) return status;
  const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
  Status first_error;
  const Status stopped = share_work(
      static_cast<int>(cores) - 1, count, [&gpu] { return gpu.make_current(); }, task,
      [&first_error](size_t, const Status& status) {
        if (first_error.ok()) first_error = status;
      });
  return first_error.ok() ? stopped : first_error;
}

}  // namespace jitgemm::harness
