// The kernels of a prewarm request.
#pragma once

#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/runtime/library_state.h"

namespace jitgemm {

// The kernels of the request's shard, each once: the generic kernels if there are shapes, those
// that each shape needs, and those that the request names. The shapes must be valid and distinct.
// Errors: kInvalidArgument: a name is not a kernel's, or the kernel has another key here.
Result<std::vector<plan::KernelConfig>> kernels_of(const PrewarmRequest& request,
                                                   const plan::DeviceModel& device,
                                                   const LibraryState& library);

// Its name and the digest of its key.
KernelId id_of(const plan::KernelConfig& config);

}  // namespace jitgemm
