// The number of blocks of a kernel of the swapped form that an SM holds.
#pragma once

#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// Limited by shared memory, threads, and registers as ptxas allocates them.
int residency(const KernelConfig& config, const DeviceModel& device);

}  // namespace jitgemm::plan
