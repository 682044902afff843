// The planner's model: the time of a kernel in microseconds, from constants of the device and of
// the kernels that were measured (kernels/notes/README.md).
#pragma once

#include <cstdint>

#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"

namespace jitgemm::plan {

// The time of one launch in a chain of launches of the same kernel.
double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device, Chain chain);

}  // namespace jitgemm::plan
