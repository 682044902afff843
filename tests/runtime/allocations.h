// Counts the bytes that the calling thread gets by operator new, in the whole test program.
#pragma once

#include <cstdint>

namespace jitgemm {

int64_t allocated_bytes();

}  // namespace jitgemm
