// The few words that the device code is written in.
#pragma once

namespace jitgemm {

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

// What is computed from `value` after this point is not computed before it.
JITGEMM_DEVICE void stop_hoisting(u32& value) { asm volatile("" : "+r"(value)); }
JITGEMM_DEVICE void stop_hoisting(const unsigned char*& value) { asm volatile("" : "+l"(value)); }

}  // namespace jitgemm
