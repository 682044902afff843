// The few words that the device code is written in.
#pragma once

using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;

// Everything is inlined: a call inside a wgmma pipeline makes ptxas serialise it.
#define JITGEMM_DEVICE __device__ __forceinline__

struct float2v {
  float x, y;
};
struct float4v {
  float x, y, z, w;
};
JITGEMM_DEVICE float4v operator+(float4v a, float4v b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w};
}

// body(Index<0>), body(Index<1>), ...: a loop whose index is a constant.
template <int I>
struct Index {
  static constexpr int value = I;
};
template <int Count, int I = 0, class Body>
JITGEMM_DEVICE void unroll(const Body& body) {
  if constexpr (I < Count) {
    body(Index<I>{});
    unroll<Count, I + 1>(body);
  }
}

// The compiler knows nothing of `value` from here on: it neither computes what depends on it
// earlier, nor computes `value` again later.
JITGEMM_DEVICE void make_opaque(int& value) { asm volatile("" : "+r"(value)); }
JITGEMM_DEVICE void make_opaque(u32& value) { asm volatile("" : "+r"(value)); }
JITGEMM_DEVICE void make_opaque(const unsigned char*& value) { asm volatile("" : "+l"(value)); }
