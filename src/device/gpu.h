// The GPUs that a driver shows, in the planner's terms.
#pragma once

#include <vector>

#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/device_model.h"

namespace jitgemm::device {

// The calling thread's current context. Errors: kMissing when there is none.
Result<CUcontext> current_context(const Driver& driver);

// The device of that context. Errors: kMissing when there is none.
Result<CUdevice> current_device(const Driver& driver);

// Errors: kDriverError, naming the call.
Result<plan::DeviceAttributes> attributes(const Driver& driver, CUdevice device);

// Of all devices, in the driver's order. Needs no context. Errors: kDriverError.
Result<std::vector<plan::DeviceAttributes>> all_attributes(const Driver& driver);

}  // namespace jitgemm::device
