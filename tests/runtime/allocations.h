// Counts the calling thread's calls of operator new, and their bytes, in the whole test program.
#pragma once

#include <cstdint>

namespace jitgemm {

int64_t allocations();
int64_t allocated_bytes();

}  // namespace jitgemm
