// q, scales = quantised(source): every group on its own.
//
// A warp takes a few tokens of one k-block: each half of it loads the groups of its tokens before
// it uses the first. Neighbouring warps take neighbouring k-blocks. Both layouts of scales are two
// strides; a warp writes the MN-major scales of its tokens in a row.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/quantize/group.cuh>

extern "C" __global__ void __launch_bounds__(kQuantizeThreads, kQuantizeBlocksPerSm)
    jitgemm_kernel(const __grid_constant__ QuantizeParams p) {
  release_successor();
  constexpr int kTokens = Source::kTokens;
  constexpr int kBlocks = (kK + kGroup - 1) / kGroup;
  const int thread = blockIdx.x * kQuantizeThreads + threadIdx.x;
  const int warp = thread / 32, lane = thread % kGroupLanes;
  const int k_block = warp % kBlocks, column = k_block * kGroup + lane * kLaneElements;
  const int token0 = thread / kGroupLanes % 2 * kTokens + warp / kBlocks * (2 * kTokens);
  const int rows = kK % kGroup == 0 || column < kK ? p.m - token0 : 0;  // of this lane

  wait_for_predecessor();
  Source::Loaded loaded[kTokens];
#pragma unroll
  for (int i = 0; i < kTokens; ++i) loaded[i] = Source::load(p, token0 + i, column, i < rows);

  Source::Element::Eight x[kTokens];
  float largest[kTokens];
#pragma unroll
  for (int i = 0; i < kTokens; ++i) {
    x[i] = Source::value(loaded[i]);
    largest[i] = Source::Element::largest(x[i]);
  }
  spread_largest(largest);

  float mine = 0;  // lane i keeps the scale of token i
#pragma unroll
  for (int i = 0; i < kTokens; ++i) {
    const Scale scale(largest[i]);
    Values v;
    Source::Element::widen(x[i], v);
    store_global8(p.q + (token0 + i) * p.ldq + column, quantized(v, scale), i < rows);
    if (lane == i && token0 + i < p.m) mine = scale.value;
  }
  if (lane < kTokens && token0 + lane < p.scale_tokens)
    p.scales[(token0 + lane) * p.row_stride + k_block * p.block_stride] = mine;
}
