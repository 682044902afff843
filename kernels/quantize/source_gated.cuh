// What is quantised: activation(gate) * up, where x holds gate and up side by side, k columns each.
// The activation and the product are rounded to bf16, as separate operators round them. The page
// has included an activation policy (silu.cuh, gelu.cuh), which defines activate().
#pragma once

#include <jitgemm/quantize/elements.cuh>

struct Source {
  static constexpr int kTokens = tokens_of_lane(2);
  using Element = Bf16;
  struct Loaded {
    word4 gate, up;
  };

  JITGEMM_DEVICE static Loaded load(const QuantizeParams& p, long long token, int column,
                                    bool there) {
    const u16* const row = static_cast<const u16*>(p.x) + token * p.ldx + column;
    return {load_once16(row + (kUpFirst ? kK : 0), there),
            load_once16(row + (kUpFirst ? 0 : kK), there)};
  }

  JITGEMM_DEVICE static word4 value(const Loaded& x) {
    Values v;
    Bf16::widen(clamped(x.gate, false), v);
#pragma unroll
    for (float& value : v) value = activate(value);
    return Bf16::multiply(Bf16::round(v), clamped(x.up, true));
  }

 private:
  // At most the limit and, for `both` signs, at least its negative. 0 is no limit.
  JITGEMM_DEVICE static word4 clamped(word4 x, bool both) {
    if constexpr (kLimit != 0) {
      const u32 most = pack_bf16(kLimit, kLimit), least = pack_bf16(-kLimit, -kLimit);
      u32* const words[] = {&x.x, &x.y, &x.z, &x.w};
#pragma unroll
      for (u32* two : words) {
        *two = at_most_bf16(*two, most);
        if (both) *two = at_least_bf16(*two, least);
      }
    }
    return x;
  }
};
