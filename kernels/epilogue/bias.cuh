// d += bias[output], in fp32, before the sum is rounded to bf16. The page says the type of a bias.
#pragma once

#include <jitgemm/block.cuh>

JITGEMM_DEVICE float to_float(float value) { return value; }
JITGEMM_DEVICE float to_float(u16 bf16) { return __uint_as_float(u32(bf16) << 16); }

struct Epilogue {
  JITGEMM_DEVICE static void apply(Sums& sums, const Tile& tile, const Params& p,
                                   const Fragment& fragment) {
    const auto* bias = static_cast<const Bias*>(p.bias);
    if (bias == nullptr) return;
#pragma unroll
    for (int g = 0; g < kGroups; ++g)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int n = tile.n0 + fragment.output_of(g, i);
        const float value = n < n_of(p) ? to_float(bias[n]) : 0.f;
#pragma unroll
        for (int wave = 0; wave < kWaves; ++wave) sums[wave][4 * g + i] += value;
      }
  }
};
