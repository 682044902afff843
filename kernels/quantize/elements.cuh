// The element types that quantisers read: 8 neighbours of a row as they are loaded, their largest
// magnitude, and their values. NaNs do not count as magnitudes.
#pragma once

#include <jitgemm/quantize.h>
#include <jitgemm/ptx/convert.cuh>
#include <jitgemm/ptx/global.cuh>
#include <jitgemm/ptx/shared.cuh>

using Values = float[kLaneElements];

JITGEMM_DEVICE float largest_of(const Values& v) {
  float largest = 0;
#pragma unroll
  for (int i = 0; i < kLaneElements; ++i) largest = fmaxf(largest, fabsf(v[i]));
  return largest;
}

struct Bf16 {
  using Eight = word4;
  static constexpr int kBytes = 2;

  JITGEMM_DEVICE static Eight load(const void* from, bool there) {
    return load_once16(from, there);
  }
  JITGEMM_DEVICE static float largest(const Eight& x) {
    const u32 two = larger_bf16(larger_bf16(magnitudes_bf16(x.x), magnitudes_bf16(x.y)),
                                larger_bf16(magnitudes_bf16(x.z), magnitudes_bf16(x.w)));
    return fmaxf(0.f, fmaxf(low_bf16(two), high_bf16(two)));
  }
  JITGEMM_DEVICE static void widen(const Eight& x, Values& v) {
    const u32 words[] = {x.x, x.y, x.z, x.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      v[2 * i] = low_bf16(words[i]);
      v[2 * i + 1] = high_bf16(words[i]);
    }
  }
  JITGEMM_DEVICE static Eight round(const Values& v) {
    return {pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]), pack_bf16(v[4], v[5]),
            pack_bf16(v[6], v[7])};
  }
  // a * b, rounded.
  JITGEMM_DEVICE static Eight multiply(const Eight& a, const Eight& b) {
    return {multiply_bf16(a.x, b.x), multiply_bf16(a.y, b.y), multiply_bf16(a.z, b.z),
            multiply_bf16(a.w, b.w)};
  }
};

struct Fp16 {
  using Eight = word4;
  static constexpr int kBytes = 2;

  JITGEMM_DEVICE static Eight load(const void* from, bool there) {
    return load_once16(from, there);
  }
  JITGEMM_DEVICE static float largest(const Eight& x) {
    Values v;
    widen(x, v);
    return largest_of(v);
  }
  JITGEMM_DEVICE static void widen(const Eight& x, Values& v) {
    const u32 words[] = {x.x, x.y, x.z, x.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float2v two = unpack_fp16(words[i]);
      v[2 * i] = two.x;
      v[2 * i + 1] = two.y;
    }
  }
};

struct Fp32 {
  struct alignas(16) Eight {
    Values v;
  };
  static constexpr int kBytes = 4;

  JITGEMM_DEVICE static Eight load(const void* from, bool there) {
    const word4 a = load_once16(from, there);
    const word4 b = load_once16(static_cast<const word4*>(from) + 1, there);
    return {{__uint_as_float(a.x), __uint_as_float(a.y), __uint_as_float(a.z), __uint_as_float(a.w),
             __uint_as_float(b.x), __uint_as_float(b.y), __uint_as_float(b.z),
             __uint_as_float(b.w)}};
  }
  JITGEMM_DEVICE static float largest(const Eight& x) { return largest_of(x.v); }
  JITGEMM_DEVICE static void widen(const Eight& x, Values& v) {
#pragma unroll
    for (int i = 0; i < kLaneElements; ++i) v[i] = x.v[i];
  }
};
