// What a thread holds of a row: two pieces of 8 elements, one behind the other by a block's width.
#pragma once

#include <jitgemm/ptx/barrier.cuh>
#include <jitgemm/quantize/elements.cuh>

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

// The weights, through the L1. Those of fp32 are loaded for each row anew, to spare registers.
constexpr bool kHoldsWeight = Weight::kBytes == 2;
JITGEMM_DEVICE Weight::Eight weight_of(const QuantizeParams& p, int piece) {
  const auto* from = static_cast<const char*>(p.weight) + column_of(piece) * Weight::kBytes;
  return in_row(piece) ? *reinterpret_cast<const Weight::Eight*>(from) : Weight::Eight{};
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
