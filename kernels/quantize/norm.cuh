// q, scales = quantised(y), y = bf16(bf16(x * r) * weight), r = 1 / sqrt(mean(x^2) + epsilon); with
// a residual, x is bf16(x + residual), which the residual becomes.
//
// A block takes a row at a time, and each thread two pieces of it. The next row is on its way while
// one is worked on; the weights stay in registers. The squares are added in one order, whatever m
// is.
#pragma once

#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/ptx/grid.cuh>
#include <jitgemm/quantize/group.cuh>

constexpr int kThreads = norm_threads(kK), kWarps = kThreads / 32;

JITGEMM_DEVICE int column_of(int piece) { return (piece * kThreads + threadIdx.x) * kLaneElements; }
JITGEMM_DEVICE bool in_row(int piece) {
  return kK % (kThreads * kNormPieces * kLaneElements) == 0 || column_of(piece) < kK;
}

struct Row {
  word4 x[kNormPieces], residual[kNormPieces];

  JITGEMM_DEVICE Row(const QuantizeParams& p, long long token) {
#pragma unroll
    for (int i = 0; i < kNormPieces; ++i) {
      const bool there = token < p.m && in_row(i);
      x[i] = load_once16(static_cast<const u16*>(p.x) + token * p.ldx + column_of(i), there);
      if constexpr (kResidual)
        residual[i] = load_once16(p.residual + token * p.ldr + column_of(i), there);
    }
  }
};

// a + b, rounded to bf16.
JITGEMM_DEVICE word4 sum_bf16(const word4& a, const word4& b) {
  Values v, w;
  Bf16::widen(a, v);
  Bf16::widen(b, w);
#pragma unroll
  for (int i = 0; i < kLaneElements; ++i) v[i] += w[i];
  return Bf16::round(v);
}

// The product with the weight, rounded to bf16.
JITGEMM_DEVICE word4 weighted(const word4& x, const word4& weight) {
  return Bf16::multiply(x, weight);
}
JITGEMM_DEVICE word4 weighted(const word4& x, const Fp32::Eight& weight) {
  Values v;
  Bf16::widen(x, v);
#pragma unroll
  for (int i = 0; i < kLaneElements; ++i) v[i] *= weight.v[i];
  return Bf16::round(v);
}

JITGEMM_DEVICE float sum_of_warp(float mine) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) mine += exchange(mine, mask);
  return mine;
}
// `partials`: one per warp, not those of the call before.
JITGEMM_DEVICE float sum_of_block(float mine, float (&partials)[kWarps]) {
  const int lane = threadIdx.x % 32;
  mine = sum_of_warp(mine);
  if constexpr (kWarps == 1) return mine;
  if (lane == 0) partials[threadIdx.x / 32] = mine;
  sync_threads(0, kThreads);
  return sum_of_warp(lane < kWarps ? partials[lane] : 0.f);
}

extern "C" __global__ void __launch_bounds__(kThreads, norm_blocks_per_sm(kK))
    jitgemm_kernel(const __grid_constant__ QuantizeParams p) {
  release_successor();
  __shared__ float partials[2][kWarps];
  Weight::Eight weight[kNormPieces];
#pragma unroll
  for (int i = 0; i < kNormPieces; ++i)
    weight[i] =
        Weight::load(static_cast<const char*>(p.weight) + column_of(i) * Weight::kBytes, in_row(i));
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
