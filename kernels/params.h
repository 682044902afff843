// What a kernel is called with. Included by host and device, so it stands on nothing but the
// language.
#pragma once

namespace jitgemm {

// A CUtensorMap: the TMA's description of a matrix in global memory.
struct alignas(64) TensorMap {
  unsigned long long opaque[16];
};

// Where the scale of (row, k-block) stands: base[row * row_stride + kb * block_stride]. Both
// layouts of A's scales are two strides to the kernel: MN-major {1, ld}, K-major {ld, 1}.
struct ScaleView {
  const float* base;
  long long row_stride;
  long long block_stride;
};

// The swapped form is jitgemm_kernel(Params, TensorMap a, TensorMap b), the normal one has d and s
// too.
//   a  tokens      [m][k] e4m3, box min(m, tile_m) x 128, 128-byte swizzle
//   b  weights     [n][k] e4m3, box tile_n x 128, 128-byte swizzle
//   d  the result  [m][n] bf16, box 64 x store columns
//   s  A's scales  [k-blocks][m] float, box 4 x tile_m, or [m][k-blocks], box tile_m x 4; only with
//                  scales_by_tma
struct Params {
  ScaleView a_scale;     // rows are tokens
  const float* b_scale;  // [ceil(n/128)][ceil(k/128)]
  unsigned short* d;     // bf16
  long long ldd;         // elements
  int m;
  // The swapped form's place among its neighbours; no more stages than the block of the longest
  // slice fills before the first of them is handed back:
  int stages_ahead;    // of weights, asked for before the predecessor is waited for
  int stages_fetched;  // of these, that the consumers' threads fetch
  int release_early;   // the successor's blocks may start at once, not after the last load
  int n, k;            // read by kernels that do not have them as constants
  // The weights once more, for the threads of the swapped form that fetch the first of them.
  const unsigned char* b;
  long long ldb;        // bytes
  const void* bias;     // [n] of the type that the page says, or null; read by kernels with a bias
  int scales_mn_major;  // whether A's scales are MN-major; otherwise they are K-major

  // Normal form: whether TMA can read A's scales, and bytes between those of two tokens, of two
  // k-blocks, in a group of k-blocks in shared memory.
  int scales_by_tma, scale_row_bytes, scale_block_bytes;
};

}  // namespace jitgemm
