#include "src/runtime/device_kernels.h"

#include <fmt/format.h>

#include <utility>

#include "src/device/capture.h"
#include "src/device/gpu.h"
#include "src/runtime/library_state.h"

namespace jitgemm {

DeviceKernels::DeviceKernels(LibraryState& library, DriverPtr driver, Place place)
    : library_(library), driver_(std::move(driver)), place_(std::move(place)) {}

Status DeviceKernels::prepare_slot(Slot& slot) {
  if (Status status = check_current_device(); !status.ok()) return status;
  const Result<uint64_t> context = device::current_context_id(*driver_);
  if (!context.ok()) return context.status();
  if (slot.ready.find(*context) != nullptr) return {};
  return fill(slot).status();
}

Result<const device::LoadedKernel*> DeviceKernels::make(Slot& slot, MissPolicy policy,
                                                        Stream stream) {
  if (Status status = may_make(slot, policy, stream); !status.ok()) return status;
  return fill(slot);
}

Status DeviceKernels::may_make(const Slot& slot, MissPolicy policy, Stream stream) const {
  if (Status status = check_current_device(); !status.ok()) return status;
  if (policy == MissPolicy::kFail) return slot.refused_by_policy;
  const Result<bool> capturing = device::is_capturing(*driver_, stream);
  if (!capturing.ok()) return capturing.status();
  return *capturing ? slot.refused_in_capture : Status();
}

MissPolicy DeviceKernels::policy_of(MissPolicy on_miss) const {
  return on_miss == MissPolicy::kDefault ? library_.options().on_miss : on_miss;
}

// Makes the slot's kernel ready in the current context. The registry gives threads that come here
// together, in the same context, the same kernel.
Result<const device::LoadedKernel*> DeviceKernels::fill(Slot& slot) {
  Result<KernelPtr> kernel = library_.registry().get(slot.kernel);
  if (!kernel.ok()) return kernel.status();
  return slot.ready.add(*std::move(kernel));
}

Status DeviceKernels::check_current_device() const {
  Result<CUdevice> current = device::current_device(*driver_);
  if (!current.ok()) return current.status();
  if (*current == place_.device) return {};
  return {
      StatusCode::kInvalidArgument,
      fmt::format("the current context is of device {}, and this {} was made for device {} ({})",
                  *current, place_.handle, place_.device, place_.shape)};
}

}  // namespace jitgemm
