// The planner's model: how long a kernel takes, in microseconds, from a handful of constants of the
// device. Where each constant comes from stands beside it.
#pragma once

#include <cstdint>

#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

double predict_us(const KernelConfig& config, int64_t m, const DeviceModel& device);

}  // namespace jitgemm::plan
