// Groups: the largest magnitude of each, and its elements divided by its scale, as e4m3. The page
// has included a scale policy (scale_fp32.cuh, scale_ue8m0.cuh), which defines Scale.
#pragma once

#include <jitgemm/quantize/elements.cuh>

// Of each of several groups: the largest of the 16 lanes that hold it. Called by every lane of the
// warp.
template <int Count>
JITGEMM_DEVICE void spread_largest(float (&largest)[Count]) {
#pragma unroll
  for (int mask = kGroupLanes / 2; mask > 0; mask /= 2)
#pragma unroll
    for (float& mine : largest) mine = fmaxf(mine, exchange(mine, mask));
}

JITGEMM_DEVICE word2 quantized(const Values& v, const Scale& scale) {
  u32 pairs[4];
#pragma unroll
  for (int i = 0; i < 4; ++i)
    pairs[i] = pack_e4m3(scale.quotient(v[2 * i]), scale.quotient(v[2 * i + 1]));
  return {pairs[0] | pairs[1] << 16, pairs[2] | pairs[3] << 16};
}
