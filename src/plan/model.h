// The planner's model: how long a kernel takes, in microseconds, from a handful of constants of the
// device. Where each constant comes from stands beside it.
#pragma once

#include <cstdint>

#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"

namespace jitgemm::plan {

// Of a launch in a chain of its like.
double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device, Chain chain);

}  // namespace jitgemm::plan
