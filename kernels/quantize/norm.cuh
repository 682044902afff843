// q, scales = quantised(y), y = bf16(bf16(x * r) * weight), r = 1 / sqrt(mean(x^2) + epsilon); with
// a residual, x is bf16(x + residual), which the residual becomes.
//
// A block takes a row at a time, and each thread two pieces of it. The next row is on its way while
// one is worked on. The squares are added in an order that depends on k alone.
#pragma once

#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/quantize/group.cuh>
#include <jitgemm/quantize/norm_row.cuh>

extern "C" __global__ void __launch_bounds__(kThreads, norm_blocks_per_sm(kK))
    jitgemm_kernel(const __grid_constant__ QuantizeParams p) {
  release_successor();
  __shared__ float partials[2][kWarps];
  Weight::Eight weight[kNormPieces];
#pragma unroll
  for (int i = 0; i < kNormPieces; ++i) weight[i] = weight_of(p, i);
  wait_for_predecessor();

  Row next(p, blockIdx.x);
  for (int token = blockIdx.x, turn = 0; token < p.scale_tokens; token += gridDim.x, turn ^= 1) {
    Row row = next;
    next = Row(p, token + gridDim.x);
    const bool there = token < p.m;
    float squares = 0, largest[kNormPieces];
#pragma unroll
    for (int i = 0; i < kNormPieces; ++i) {
      if constexpr (kResidual) {
        row.x[i] = sum_bf16(row.x[i], row.residual[i]);
        store_global16(p.residual + token * p.ldr + column_of(i), row.x[i], there && in_row(i));
      }
      Values v;
      Bf16::widen(row.x[i], v);
#pragma unroll
      for (float value : v) squares = __fmaf_rn(value, value, squares);
    }
    const float reciprocal = rsqrtf(sum_of_block(squares, partials[turn]) * (1.f / kK) + p.epsilon);

#pragma unroll
    for (int i = 0; i < kNormPieces; ++i) {
      Values v;
      Bf16::widen(row.x[i], v);
#pragma unroll
      for (float& value : v) value *= reciprocal;
      if constexpr (!kHoldsWeight) weight[i] = weight_of(p, i);
      row.x[i] = weighted(Bf16::round(v), weight[i]);
      largest[i] = Bf16::largest(row.x[i]);
      store_global16(p.y + token * p.ldy + column_of(i), row.x[i],
                     there && in_row(i) && p.y != nullptr);
    }
    spread_largest(largest);
#pragma unroll
    for (int i = 0; i < kNormPieces; ++i) {
      const Scale scale(largest[i]);
      Values v;
      Bf16::widen(row.x[i], v);
      store_global8(p.q + token * p.ldq + column_of(i), quantized(v, scale), there && in_row(i));
      const int k_block = column_of(i) / kGroup;
      if (threadIdx.x % kGroupLanes == 0 && k_block * kGroup < kK)
        p.scales[token * p.row_stride + k_block * p.block_stride] = there ? scale.value : 0.f;
    }
  }
}
