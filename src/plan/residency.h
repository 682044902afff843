// How many blocks of a kernel of the swapped form an SM holds.
#pragma once

#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// By shared memory, threads and registers; the last as ptxas gives them out.
int residency(const KernelConfig& config, const DeviceModel& device);

}  // namespace jitgemm::plan
