// Shared and global memory by plain loads and stores.
#pragma once

#include <jitgemm/types.cuh>

JITGEMM_DEVICE u32 shared_address(const void* pointer) {
  u32 address;
  asm("{\n.reg .u64 t;\ncvta.to.shared.u64 t, %1;\ncvt.u32.u64 %0, t;\n}"
      : "=r"(address)
      : "l"(pointer));
  return address;
}
JITGEMM_DEVICE float load_shared(u32 from) {
  float v;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(v) : "r"(from) : "memory");
  return v;
}
JITGEMM_DEVICE float2v load_shared2(u32 from) {
  float2v v;
  asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(v.x), "=f"(v.y) : "r"(from) : "memory");
  return v;
}
JITGEMM_DEVICE float4v load_shared4(u32 from) {
  float4v v;
  asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w)
               : "r"(from)
               : "memory");
  return v;
}
// Read-only while the kernel runs.
JITGEMM_DEVICE float load_global(const float* from) {
  float v;
  asm volatile("ld.global.nc.f32 %0, [%1];" : "=f"(v) : "l"(from));
  return v;
}
JITGEMM_DEVICE void store_global16(u16* to, float4v v) {
  asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(v.x), "f"(v.y), "f"(v.z),
               "f"(v.w)
               : "memory");
}

// Two floats to bf16, to nearest even; `low` takes the lower half.
JITGEMM_DEVICE u32 pack_bf16(float low, float high) {
  u32 v;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(v) : "f"(high), "f"(low));
  return v;
}

// 8x8 matrices of 16-bit elements from a warp's fragments; lane i gives the address of row i.
JITGEMM_DEVICE void store_matrix4(u32 row, u32 a, u32 b, u32 c, u32 d) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row),
               "r"(a), "r"(b), "r"(c), "r"(d)
               : "memory");
}
template <bool Transposed>
JITGEMM_DEVICE void store_matrix2(u32 row, u32 a, u32 b) {
  if constexpr (Transposed)
    asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%0], {%1, %2};" ::"r"(row),
                 "r"(a), "r"(b)
                 : "memory");
  else
    asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(row), "r"(a),
                 "r"(b)
                 : "memory");
}
