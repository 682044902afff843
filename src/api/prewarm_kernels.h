// Which kernels a prewarm request means.
#pragma once

#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/runtime/library_state.h"
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm {

// Those of its shard, each once: the generic ones where there are shapes, what each shape needs,
// what it names. The shapes are valid and each stands there once. Errors: kInvalidArgument: a name
// that is none, or of a kernel that has another key here.
Result<std::vector<plan::KernelConfig>> kernels_of(const PrewarmRequest& request,
                                                   const plan::DeviceModel& device,
                                                   const LibraryState& library);

// With the digest of its key.
KernelId id_of(const plan::KernelConfig& config);

}  // namespace jitgemm
