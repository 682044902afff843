// Work that needs the GPU's context, such as making kernels, on all cores but one. The last core is
// left to a thread that measures meanwhile.
#pragma once

#include <cstddef>
#include <functional>

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

// Runs task(i) for every i below `count`, with the context current, and waits for all of them. The
// calling thread takes part. Returns the first error in order of time; an error stops no other
// task. An exception of a task counts as its error (kInternal).
Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task);

}  // namespace jitgemm::harness
