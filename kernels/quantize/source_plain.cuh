// What is quantised: x.
#pragma once

#include <jitgemm/quantize/elements.cuh>

struct Source {
  static constexpr int kTokens = tokens_of_lane(1);
  using Element = X;
  using Loaded = X::Eight;

  JITGEMM_DEVICE static Loaded load(const QuantizeParams& p, long long token, int column,
                                    bool there) {
    return X::load(static_cast<const char*>(p.x) + (token * p.ldx + column) * X::kBytes, there);
  }
  JITGEMM_DEVICE static X::Eight value(const Loaded& x) { return x; }
};
