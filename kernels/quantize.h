// What a quantiser is called with, and how it divides its work. Included by host and device, so it
// stands on nothing but the language.
//
// A group is what shares a scale: 128 neighbouring elements of a row, 8 in each of 16 lanes. A row
// is a token.
#pragma once

namespace jitgemm {

constexpr int kGroup = 128;                          // elements
constexpr int kLaneElements = 8;                     // 16 bytes of bf16, 8 bytes of e4m3
constexpr int kGroupLanes = kGroup / kLaneElements;  // so a warp holds two groups
constexpr int kLoadsInFlight = 4;                    // of 16 bytes, of a lane
constexpr int kQuantizeThreads = 128;                // of a block; any multiple of a warp is right
// Bounds the registers. Without it ptxas spares them and issues one load after the other.
constexpr int kQuantizeBlocksPerSm = 8;

// quantize, silu_mul and gelu_mul: a warp takes a few tokens of one k-block, an equal number in
// each of its halves. `rows` is what a token reads: 1 of x, or 2, gate and up.
constexpr int tokens_of_lane(int rows) { return kLoadsInFlight / rows; }
constexpr long long quantize_warps(int m, int k, int rows) {
  const int tokens = 2 * tokens_of_lane(rows);
  return (m + tokens - 1LL) / tokens * ((k + kGroup - 1) / kGroup);
}

// rms_norm: a block takes a row at a time, and each thread two pieces of 8 elements of it, so that
// a row of 16384 fits 1024 threads. An SM holds 1024 threads of such blocks: 32 blocks at most.
constexpr int kNormPieces = 2;
constexpr int norm_threads(int k) {
  constexpr int kWarpElements = 32 * kNormPieces * kLaneElements;
  return (k + kWarpElements - 1) / kWarpElements * 32;
}
constexpr int norm_blocks_per_sm(int k) { return 1024 / norm_threads(k); }

// The parameter of jitgemm_kernel. Strides count elements.
struct QuantizeParams {
  const void* x;  // [m][ldx] of the page's type
  long long ldx;
  unsigned char* q;  // [m][ldq] e4m3
  long long ldq;
  // The scale of (token, k-block) stands at scales[token * row_stride + kb * block_stride]. Tokens
  // m .. scale_tokens - 1 pad the rows of MN-major scales, with zeros.
  float* scales;
  long long row_stride, block_stride;
  int m, scale_tokens;
  // Of rms_norm:
  float epsilon;
  const void* weight;  // [k] of the page's type
  // Both bf16, or null: x is added to the residual, which takes the sum; y is the norm unquantised.
  unsigned short* residual;  // [m][ldr]
  long long ldr;
  unsigned short* y;  // [m][ldy]
  long long ldy;
};

}  // namespace jitgemm
