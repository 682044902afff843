// How many times the calling thread has called operator new. Counted in the whole test program.
#pragma once

#include <cstdint>

namespace jitgemm {

int64_t allocations();

}  // namespace jitgemm
