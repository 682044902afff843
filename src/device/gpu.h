// The GPUs of a driver as the planner's device attributes, and the calling thread's context.
#pragma once

#include <cstdint>
#include <vector>

#include <jitgemm/status.h>
#include "src/device/driver.h"
#include "src/plan/device_model.h"

namespace jitgemm::device {

// The calling thread's current context. Errors: kMissing when there is none.
Result<CUcontext> current_context(const Driver& driver);

// The id of that context, which no other context of this process ever has: a context's address may
// be that of an earlier, destroyed one. One driver call; allocates nothing unless it fails. Errors:
// kMissing when there is none.
Result<uint64_t> current_context_id(const Driver& driver);

// The device of that context. Errors: kMissing when there is none.
Result<CUdevice> current_device(const Driver& driver);

// Errors: kDriverError, naming the call.
Result<plan::DeviceAttributes> attributes(const Driver& driver, CUdevice device);

// The attributes of all devices, in the driver's order. Needs no context. Errors: kDriverError.
Result<std::vector<plan::DeviceAttributes>> all_attributes(const Driver& driver);

}  // namespace jitgemm::device
