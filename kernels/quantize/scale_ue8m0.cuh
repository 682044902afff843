// The scale of a group: max(largest, 1e-10) / 448, rounded up to a power of two between 2^-126 and
// 2^127, as fp32. The exponent is counted up where the mantissa is not 0.
#pragma once

#include <jitgemm/quantize/scale.cuh>

struct Scale {
  float value, reciprocal;

  JITGEMM_DEVICE explicit Scale(float largest) {
    const u32 bits = __float_as_uint(scale_of(largest));
    const u32 exponent = min((bits >> 23) + ((bits & 0x7fffffu) != 0), 254u);
    value = __uint_as_float(exponent << 23);
    // 2^-127, the reciprocal of the largest, is denormal.
    reciprocal = __uint_as_float(max((254u - exponent) << 23, 0x400000u));
  }

  JITGEMM_DEVICE float quotient(float x) const { return x * reciprocal; }
};
