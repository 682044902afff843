// silu(x) = x / (1 + e^-x).
#pragma once

#include <jitgemm/ptx/convert.cuh>

// As x / (1.f + expf(-x)) rounded to bf16, for every bf16 x (a test compares all), without the
// branches of an IEEE division: a quotient within an ulp, corrected by its remainder. Both sides
// are divided by 4, so that the divisor of every x > -88.7 has a reciprocal that is not denormal.
// Below, e^-x is infinite, and the reciprocal of the largest divisor is 0: -0, and NaN for
// -infinity. The remainder of the largest quotient keeps infinity.
JITGEMM_DEVICE float activate(float x) {
  constexpr float kLargestDivisor = 1.7e38f, kLargest = 3.4028235e38f;
  const float dividend = __fmul_rn(x, 0.25f);
  const float divisor = fminf(__fmaf_rn(expf(-x), 0.25f, 0.25f), kLargestDivisor);
  const float reciprocal = near_reciprocal(divisor);
  const float near = dividend * reciprocal;
  const float excess = __fmaf_rn(fminf(near, kLargest), divisor, -dividend);
  return __fmaf_rn(-excess, reciprocal, near);
}
