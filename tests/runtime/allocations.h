// How often the calling thread has called operator new, and for how many bytes. Counted in the
// whole test program.
#pragma once

#include <cstdint>

namespace jitgemm {

int64_t allocations();
int64_t allocated_bytes();

}  // namespace jitgemm
