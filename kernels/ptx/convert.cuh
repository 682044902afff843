// Conversions between fp32 and the small types, two values an instruction, and arithmetic on two
// bf16 at once. Conversions round to nearest even; `low` is the lower half of a word.
#pragma once

#include <jitgemm/types.cuh>

// Two e4m3. Magnitudes above 448, infinity included, become 448; a NaN becomes 0x7f.
JITGEMM_DEVICE u16 pack_e4m3(float low, float high) {
  u16 v;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(v) : "f"(high), "f"(low));
  return v;
}

// The halves of two bf16.
JITGEMM_DEVICE float low_bf16(u32 two) { return __uint_as_float(two << 16); }
JITGEMM_DEVICE float high_bf16(u32 two) { return __uint_as_float(two & 0xffff0000u); }

// The halves of two fp16.
JITGEMM_DEVICE float2v unpack_fp16(u32 two) {
  float2v v;
  asm("{\n.reg .b16 l, h;\nmov.b32 {l, h}, %2;\ncvt.f32.f16 %0, l;\ncvt.f32.f16 %1, h;\n}"
      : "=f"(v.x), "=f"(v.y)
      : "r"(two));
  return v;
}

// a * b, each product rounded once.
JITGEMM_DEVICE u32 multiply_bf16(u32 a, u32 b) {
  u32 v;
  asm("mul.rn.bf16x2 %0, %1, %2;" : "=r"(v) : "r"(a), "r"(b));
  return v;
}
// Of each half the larger one, or the one that is a number.
JITGEMM_DEVICE u32 larger_bf16(u32 a, u32 b) {
  u32 v;
  asm("max.bf16x2 %0, %1, %2;" : "=r"(v) : "r"(a), "r"(b));
  return v;
}
// min(a, most) and max(a, least) of each half; a NaN stays one.
JITGEMM_DEVICE u32 at_most_bf16(u32 a, u32 most) {
  u32 v;
  asm("min.NaN.bf16x2 %0, %1, %2;" : "=r"(v) : "r"(a), "r"(most));
  return v;
}
JITGEMM_DEVICE u32 at_least_bf16(u32 a, u32 least) {
  u32 v;
  asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(v) : "r"(a), "r"(least));
  return v;
}
JITGEMM_DEVICE u32 magnitudes_bf16(u32 two) { return two & 0x7fff7fffu; }

// 1 / x within one ulp; 0 for |x| > 2^126, whose reciprocal is denormal.
JITGEMM_DEVICE float near_reciprocal(float x) {
  float v;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(v) : "f"(x));
  return v;
}
