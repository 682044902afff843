// Global memory by wide loads and stores of a thread, and values from another lane.
#pragma once

#include <jitgemm/types.cuh>

struct alignas(16) word4 {
  u32 x, y, z, w;
};
struct word2 {
  u32 x, y;
};

// 16 bytes that are read once, or zeros where they are not `there`. Not by the read-only path: with
// programmatic dependent launch the predecessor may still write the memory when this kernel starts.
JITGEMM_DEVICE word4 load_once16(const void* from, bool there) {
  word4 v = {};
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %5, 0;\n"
      "@p ld.global.L1::no_allocate.v4.b32 {%0, %1, %2, %3}, [%4];\n}"
      : "+r"(v.x), "+r"(v.y), "+r"(v.z), "+r"(v.w)
      : "l"(from), "r"(static_cast<int>(there))
      : "memory");
  return v;
}
// Stores that are made if `wanted`, without a branch.
JITGEMM_DEVICE void store_global16(void* to, const word4& v, bool wanted) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %5, 0;\n@p st.global.v4.b32 [%0], {%1, %2, %3, %4};\n}" ::
          "l"(to),
      "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w), "r"(static_cast<int>(wanted))
      : "memory");
}
JITGEMM_DEVICE void store_global8(void* to, const word2& v, bool wanted) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %3, 0;\n@p st.global.v2.b32 [%0], {%1, %2};\n}" ::"l"(to),
      "r"(v.x), "r"(v.y), "r"(static_cast<int>(wanted))
      : "memory");
}

// The value of the lane whose number differs from this one's in the bits of `mask`. Called by every
// lane of the warp.
JITGEMM_DEVICE float exchange(float value, int mask) {
  float v;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
               : "=f"(v)
               : "f"(value), "r"(mask));
  return v;
}
