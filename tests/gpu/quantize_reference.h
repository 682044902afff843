// The definition of a quantiser on the host: plain IEEE arithmetic, one group after the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jitgemm {

// To bf16, to nearest even, and back.
uint16_t to_bf16(float value);
float from_bf16(uint16_t bits);
float from_fp16(uint16_t bits);

// To e4m3, to nearest even; magnitudes above 448 become 448, a NaN 0x7f.
uint8_t to_e4m3(float value);

struct Quantized {
  std::vector<uint8_t> q;     // [m][k]
  std::vector<float> scales;  // [m][ceil(k / 128)]

  friend bool operator==(const Quantized& a, const Quantized& b);  // of bits
};

// x: [m][k].
Quantized quantized(const std::vector<float>& x, int64_t k, bool ue8m0);

// "token 3, column 17: q = 0x12, not 0x13", or an empty text if the bits are equal.
std::string difference(const Quantized& found, const Quantized& wanted, int64_t k);

}  // namespace jitgemm
