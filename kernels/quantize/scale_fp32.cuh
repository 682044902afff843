// The scale of a group: max(largest, 1e-10) / 448, rounded to fp32.
#pragma once

#include <jitgemm/quantize/scale.cuh>

struct Scale {
  float value, divisor, reciprocal;

  JITGEMM_DEVICE explicit Scale(float largest) : value(scale_of(largest)) {
    divisor = value > 1e38f ? 0.f : value;  // see below
    const float near = near_reciprocal(value);
    reciprocal = __fmaf_rn(near, __fmaf_rn(-divisor, near, 1.f), near);  // 1 / value, rounded
  }

  // x / value, rounded as by the division operator wherever e4m3 does not make it 0, in three
  // instructions: the product with the rounded reciprocal is off by one ulp at most, and its exact
  // remainder corrects it (Markstein). The signs of the remainder keep -0. If the scale is
  // infinite, the reciprocal is 0, and so is the divisor, so that nothing is corrected: finite x
  // gives 0, infinite x gives NaN.
  JITGEMM_DEVICE float quotient(float x) const {
    const float near = x * reciprocal;
    return __fmaf_rn(-__fmaf_rn(near, divisor, -x), reciprocal, near);
  }
};
