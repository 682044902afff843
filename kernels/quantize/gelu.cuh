// gelu(x) in its tanh form: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
#pragma once

JITGEMM_DEVICE float activate(float x) {
  constexpr float kScale = 0.7978845608028654f, kCube = 0.044715f;
  return 0.5f * x * (1.f + tanhf(kScale * (x + kCube * (x * x * x))));
}
