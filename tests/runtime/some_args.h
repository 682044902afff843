// Arguments of a launch on the stub driver.
#pragma once

#include <cstdint>

#include <jitgemm/gemm.h>

namespace jitgemm {

// A stream on which nothing runs.
inline const Stream kStream = reinterpret_cast<Stream>(0x600000);

// Aligned addresses, beyond 32 bits, that are never read.
inline GemmArgs some_args(int64_t m) {
  const auto address = [](uintptr_t value) {
    return reinterpret_cast<void*>(0x7f0000000000 + value);
  };
  return {.m = m,
          .a = address(0x10000),
          .a_scale = AScale::mn_major(address(0x20000), (m + 3) / 4 * 4),
          .b = address(0x30000),
          .b_scale = address(0x40000),
          .d = address(0x50000)};
}

}  // namespace jitgemm
