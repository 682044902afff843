// What both kinds of scales begin with.
#pragma once

#include <jitgemm/ptx/convert.cuh>

// max(largest, 1e-10) / 448, rounded as by the division operator, without its branches: a product
// with the rounded reciprocal, which is off by one ulp at most, corrected by its exact remainder.
JITGEMM_DEVICE float scale_of(float largest) {
  constexpr float kLargestE4m3 = 448.f, kReciprocal = 1 / kLargestE4m3, kInfinite = 3.4e38f;
  const float x = fmaxf(largest, 1e-10f), near = x * kReciprocal;
  const float exact = __fmaf_rn(-__fmaf_rn(near, kLargestE4m3, -x), kReciprocal, near);
  return x > kInfinite ? near : exact;
}
