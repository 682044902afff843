#include "tests/gpu/quantize_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace jitgemm {
namespace {

constexpr int64_t kGroup = 128;

float scale_of(float largest, bool ue8m0) {
  const float scale = std::max(largest, 1e-10f) / 448.f;
  if (!ue8m0) return scale;
  const auto bits = std::bit_cast<uint32_t>(scale);
  const uint32_t exponent = (bits >> 23) + ((bits & 0x7fffff) != 0 ? 1 : 0);
  return std::bit_cast<float>(std::clamp(exponent, 1u, 254u) << 23);
}

bool same(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

}  // namespace

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return 0x7fff;
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

float from_fp16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const float magnitude = exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                          : exponent == 0
                              ? std::ldexp(static_cast<float>(mantissa), -24)
                              : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

uint8_t to_e4m3(float value) {
  if (std::isnan(value)) return 0x7f;
  const auto sign = static_cast<uint8_t>(std::signbit(value) ? 0x80 : 0);
  const float magnitude = std::min(std::fabs(value), 448.f);
  // Steps of 2^(exponent - 3), and of 2^-9 below 2^-6.
  const int exponent =
      std::max(static_cast<int>(std::bit_cast<uint32_t>(magnitude) >> 23) - 127, -6);
  const float steps_per_one = std::bit_cast<float>(static_cast<uint32_t>(127 + 3 - exponent) << 23);
  const int steps = static_cast<int>(std::nearbyint(magnitude * steps_per_one));  // up to 16
  return static_cast<uint8_t>(sign | (steps + (exponent + 6) * 8));
}

bool operator==(const Quantized& a, const Quantized& b) {
  return a.q == b.q && std::ranges::equal(a.scales, b.scales, same);
}

Quantized quantized(const std::vector<float>& x, int64_t k, bool ue8m0) {
  Quantized result;
  result.q.reserve(x.size());
  for (size_t row = 0; row < x.size(); row += static_cast<size_t>(k))
    for (int64_t first = 0; first < k; first += kGroup) {
      const auto begin = x.begin() + static_cast<int64_t>(row) + first;
      const auto end = begin + std::min(kGroup, k - first);
      float largest = 0;
      for (auto v = begin; v != end; ++v)
        if (std::fabs(*v) > largest) largest = std::fabs(*v);  // no NaN is
      const float scale = scale_of(largest, ue8m0);
      result.scales.push_back(scale);
      for (auto v = begin; v != end; ++v) result.q.push_back(to_e4m3(*v / scale));
    }
  return result;
}

std::string difference(const Quantized& found, const Quantized& wanted, int64_t k) {
  if (found == wanted) return {};
  const int64_t blocks = (k + kGroup - 1) / kGroup;
  for (size_t i = 0; i < wanted.scales.size(); ++i)
    if (!same(found.scales.at(i), wanted.scales[i]))
      return fmt::format("token {}, k-block {}: scale = {:a}, not {:a}",
                         static_cast<int64_t>(i) / blocks, static_cast<int64_t>(i) % blocks,
                         found.scales[i], wanted.scales[i]);
  for (size_t i = 0; i < wanted.q.size(); ++i)
    if (found.q.at(i) != wanted.q[i])
      return fmt::format("token {}, column {}: q = {:#x}, not {:#x}", static_cast<int64_t>(i) / k,
                         static_cast<int64_t>(i) % k, found.q[i], wanted.q[i]);
  return "other sizes";
}

}  // namespace jitgemm
