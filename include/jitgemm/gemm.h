// The operation, and the arguments of one launch.
//
//   D[M,N] = A[M,K] * B[N,K]^T        A, B: FP8 e4m3      D: bf16, round to nearest even
//
//   D[m][n] = sum over kb of  a_scale(m, kb) * b_scale(n/128, kb) * (sum over k in kb of A[m][k] *
//   B[n][k])
//
// where kb runs over the blocks of 128 along K. Tensor cores compute the inner sum. The outer sum
// is fp32: partial sums are promoted every 128 of K, as in the DeepSeek-V3 report (section 3.3).
#pragma once

#include <cstdint>

namespace jitgemm {

enum class ScaleLayout : int { kMnMajor = 0, kKMajor = 1 };

// The scales of A: fp32 in device memory, one per token and 128 of K. The value carries its layout,
// so that one layout cannot be mistaken for the other. `ld` counts floats.
struct AScale {
  // [ceil(K/128)][ld]: the scale of (m, kb) is data[kb * ld + m]. ld >= M and a multiple of 4; data
  // is aligned to 16 bytes.
  static constexpr AScale mn_major(const void* data, int64_t ld) {
    return {ScaleLayout::kMnMajor, data, ld};
  }
  // [M][ld]: the scale of (m, kb) is data[m * ld + kb]. ld >= ceil(K/128), or 0, which means
  // ceil(K/128); data is aligned to 4 bytes.
  static constexpr AScale k_major(const void* data, int64_t ld = 0) {
    return {ScaleLayout::kKMajor, data, ld};
  }

  ScaleLayout layout = ScaleLayout::kMnMajor;
  const void* data = nullptr;
  int64_t ld = 0;
};

// The largest n, k and m that are accepted: TMA coordinates are signed 32-bit integers.
inline constexpr int64_t kMaxDimension = int64_t{1} << 30;

// The type of a bias: D[m][n] = bf16(sum + bias[n]), added in fp32 before D is rounded.
enum class BiasType : int { kNone = 0, kBf16 = 1, kFp32 = 2 };

// One weight shape. M comes with each launch.
struct GemmDesc {
  int64_t n = 0;  // outputs: a positive multiple of 8
  int64_t k = 0;  // inner dimension: a positive multiple of 16; the last block of 128 may be short
  BiasType bias = BiasType::kNone;  // of launches: see GemmArgs::bias

  friend bool operator==(const GemmDesc&, const GemmDesc&) = default;
};

// The side of the tensor core instruction that the tokens take: see kernels/README.md. As an
// option, kAuto lets the planner choose.
enum class Form : int { kAuto = 0, kSwapped = 1, kNormal = 2 };

// What a launch does when its kernel is not loaded. On a stream that is being captured, such a
// launch returns kNotReady under every policy.
enum class MissPolicy : int {
  kDefault = 0,  // in GemmArgs: use Options::on_miss. In Options: the same as kCompile
  kCompile = 1,  // makes the kernel first, as prepare() does: blocks, for seconds at worst
  kFail = 2,     // returns kNotReady with the kernel's name, and makes nothing
  // A generic kernel serves, more slowly, until a thread of the library has made the kernel of the
  // shape. Launches do not block, except the first one that selects kBackground in GemmArgs while
  // Options::on_miss is another policy: it makes the generic kernels. A kernel that cannot be made
  // is tried again only by the next prepare(). With Options::batch_invariant, shapes whose K is
  // split return kNotReady, because no generic kernel gives the same bits.
  kBackground = 3,
};

// One launch. All pointers are device memory of the current context's device. The caller owns it
// and keeps it valid until the launch has finished on its stream.
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
  // [n] of the type in GemmDesc::bias, aligned to one element. Null adds nothing, and gives the
  // bits of a desc without bias. Must be null when that is kNone.
  const void* bias = nullptr;

  // Programmatic dependent launch: the kernel may start while its predecessor on the stream drains,
  // and loads its first weights then. It accesses all other memory after the predecessor has ended.
  // The predecessor may be any kernel that does not write `b`. The planner may choose another
  // kernel than for a plain launch, with another order of rounding, except with
  // Options::batch_invariant.
  bool pdl = false;

  MissPolicy on_miss = MissPolicy::kDefault;
};

// A CUstream or cudaStream_t; nullptr is the default stream.
using Stream = void*;

}  // namespace jitgemm
