// Work that needs the GPU's context, such as making kernels, on all cores but one, which is left to
// whoever measures meanwhile.
#pragma once

#include <cstddef>
#include <functional>

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

// Runs task(i) for every i below `count`, with the context current, and waits for all. Returns the
// first error in order of time; the other tasks run all the same.
Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task);

}  // namespace jitgemm::harness
