// The operation: what a GEMM is, and what one launch of it needs.
//
//   D[M,N] = A[M,K] * B[N,K]^T        A, B: FP8 e4m3      D: bf16, round to nearest even
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (sum over k in kb of A[m][k] *
//   B[n][k])
//
// where kb runs over the blocks of 128 along K. The inner sum is the tensor core's, the outer one
// is fp32: partial sums are promoted every 128 of K, as in the DeepSeek-V3 report (section 3.3).
#pragma once

#include <cstdint>

namespace jitgemm {

enum class ScaleLayout : int { kMnMajor = 0, kKMajor = 1 };

// The scales of A: fp32, one per token and 128 of K, as a tagged value, so that one layout cannot
// be mistaken for the other. `ld` counts floats.
struct AScale {
  // [ceil(K/128)][ld]: scale of (m, kb) at data[kb * ld + m]. ld >= M, a multiple of 4; data
  // aligned to 16 bytes.
  static constexpr AScale mn_major(const void* data, int64_t ld) {
    return {ScaleLayout::kMnMajor, data, ld};
  }
  // [M][ld]: scale of (m, kb) at data[m * ld + kb]. ld >= ceil(K/128), 0 means exactly that;
  // data aligned to 4 bytes.
  static constexpr AScale k_major(const void* data, int64_t ld = 0) {
    return {ScaleLayout::kKMajor, data, ld};
  }

  ScaleLayout layout = ScaleLayout::kMnMajor;
  const void* data = nullptr;
  int64_t ld = 0;
};

// The largest n, k and m accepted: coordinates of the tensor copy engine are 32-bit and signed.
inline constexpr int64_t kMaxDimension = int64_t{1} << 30;

// One weight shape. M is not part of it: it comes with each launch.
struct GemmDesc {
  int64_t n = 0;  // outputs: a positive multiple of 8
  int64_t k = 0;  // inner dimension: a positive multiple of 16; the last block of 128 may be short
};

// Which side of the tensor core instruction the tokens take: see kernels/README.md. As an option,
// kAuto lets the planner choose.
enum class Form : int { kAuto = 0, kSwapped = 1, kNormal = 2 };

// What a launch does whose kernel is not loaded yet. On a stream that is being captured it is
// refused (kNotReady) whatever the policy.
enum class MissPolicy : int {
  kDefault = 0,  // of a launch: the library's; of a library: kCompile
  kCompile = 1,  // makes the kernel first, as prepare() does: blocks, seconds at worst
  kFail = 2,     // kNotReady, with the kernel's name; nothing is made
  // A generic kernel serves, slower, while a thread of the library makes the shape's own, which
  // takes over. The launch does not block, but for the first one of a policy that is not the
  // library's: that makes the generic kernels. What cannot be made is not tried again before the
  // next prepare(). With Options::batch_invariant, kNotReady for shapes whose K is parted: no
  // generic kernel gives their bits.
  kBackground = 3,
};

// One launch. All pointers are device memory of the current context's device, owned by the caller,
// and must stay valid until the launch has run on its stream.
struct GemmArgs {
  int64_t m = 0;            // tokens, >= 0; 0 is a successful no-op
  const void* a = nullptr;  // [m][lda] e4m3, aligned to 16 bytes
  int64_t lda = 0;          // row stride in elements: >= k, a multiple of 16; 0 means k
  AScale a_scale = {};
  const void* b = nullptr;        // [n][ldb] e4m3, aligned to 16 bytes
  int64_t ldb = 0;                // row stride in elements: >= k, a multiple of 16; 0 means k
  const void* b_scale = nullptr;  // [ceil(n/128)][ceil(k/128)] fp32, aligned to 4 bytes
  void* d = nullptr;              // [m][ldd] bf16, aligned to 16 bytes; only [m][n] is written
  int64_t ldd = 0;                // row stride in elements: >= n, a multiple of 8; 0 means n

  // Programmatic dependent launch: the kernel may start while its predecessor on the stream drains,
  // and asks for its first weights then. All else that it reads, and what it writes, waits for the
  // predecessor's end. So the predecessor must not write `b`; it may be any kernel. The plan may
  // pick another kernel than without, which rounds in another order; never so with batch_invariant.
  bool pdl = false;

  MissPolicy on_miss = MissPolicy::kDefault;
};

// A CUstream or cudaStream_t; nullptr is the default stream.
using Stream = void*;

}  // namespace jitgemm
