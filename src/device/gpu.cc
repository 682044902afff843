#include "src/device/gpu.h"

#include <utility>

namespace jitgemm::device {
namespace {

constexpr int kMaxNameBytes = 128;

Status no_context() {
  return {
      StatusCode::kMissing,
      "no CUDA context is current in this thread: make one current (cuCtxSetCurrent, or any call "
      "of the CUDA runtime that needs a device) before calling jitgemm"};
}

}  // namespace

Result<CUcontext> current_context(const Driver& driver) {
  CUcontext context = nullptr;
  Status status = driver.check(driver.api().cuCtxGetCurrent(&context), "cuCtxGetCurrent");
  if (!status.ok()) return status;
  if (context == nullptr) return no_context();
  return context;
}

Result<uint64_t> current_context_id(const Driver& driver) {
  unsigned long long id = 0;
  const CUresult result = driver.api().cuCtxGetId(nullptr, &id);
  if (result == CUDA_ERROR_INVALID_CONTEXT) return no_context();
  if (Status status = driver.check(result, "cuCtxGetId"); !status.ok()) return status;
  return id;
}

Result<CUdevice> current_device(const Driver& driver) {
  if (Result<CUcontext> context = current_context(driver); !context.ok()) return context.status();
  CUdevice device = 0;
  Status status = driver.check(driver.api().cuCtxGetDevice(&device), "cuCtxGetDevice");
  if (!status.ok()) return status;
  return device;
}

Result<plan::DeviceAttributes> attributes(const Driver& driver, CUdevice device) {
  char name[kMaxNameBytes] = {};
  Status status =
      driver.check(driver.api().cuDeviceGetName(name, kMaxNameBytes, device), "cuDeviceGetName");
  if (!status.ok()) return status;

  plan::DeviceAttributes result{.name = name};
  const std::pair<CUdevice_attribute, int*> wanted[] = {
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &result.sms},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &result.compute_major},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &result.compute_minor}};
  for (const auto& [attribute, value] : wanted) {
    status = driver.check(driver.api().cuDeviceGetAttribute(value, attribute, device),
                          "cuDeviceGetAttribute");
    if (!status.ok()) return status;
  }
  return result;
}

Result<std::vector<plan::DeviceAttributes>> all_attributes(const Driver& driver) {
  int count = 0;
  Status status = driver.check(driver.api().cuDeviceGetCount(&count), "cuDeviceGetCount");
  if (!status.ok()) return status;

  std::vector<plan::DeviceAttributes> all;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    CUdevice device = 0;
    status = driver.check(driver.api().cuDeviceGet(&device, ordinal), "cuDeviceGet");
    if (!status.ok()) return status;
    Result<plan::DeviceAttributes> one = attributes(driver, device);
    if (!one.ok()) return one.status();
    all.push_back(*std::move(one));
  }
  return all;
}

}  // namespace jitgemm::device
