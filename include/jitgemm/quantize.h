// Quantisers: from bf16 to the A of a GEMM, alone or together with the operator that comes before.
//
//   q[m][k]   e4m3 = satfinite(v / s), rounded to nearest even
//   scale     s    = max(largest |v|, 1e-10) / 448, one per token and 128 of k
//
// Divisions are those of IEEE, in fp32. What v is, op says (QuantizeOp). q and scale have the
// layouts that GemmArgs takes as `a` and `a_scale`.
//
// Values that are no numbers: a NaN becomes the e4m3 NaN 0x7f and does not count for the scale of
// its group (128 neighbours); in a group of NaNs alone, s = 1e-10 / 448. An infinity makes its
// scale infinite, itself 0x7f and every finite value of its group a zero of that value's sign; with
// ue8m0 its scale is 2^127, itself +-448, and a finite v becomes v / 2^127.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <jitgemm/export.h>
#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm {

enum class ElementType : int { kBf16 = 0, kFp16 = 1, kFp32 = 2 };

// What is quantised. bf16(...) rounds to nearest even: a fused operator has the bits of the
// operators that run one after the other and store bf16.
enum class QuantizeOp : int {
  kQuantize = 0,  // v = x
  // x has 2 k columns, gate and up: v = bf16(bf16(gate / (1 + e^-gate)) * up).
  kSiluMul = 1,
  // The same with gate / 2 * (1 + tanh(sqrt(2 / pi) * (gate + 0.044715 gate^3))).
  kGeluMul = 2,
  // v = bf16(bf16(x * r) * weight), r = 1 / sqrt(sum of x^2 / k + epsilon). With a residual, x is
  // bf16(x + residual), which also replaces the residual. Sums are fp32, in an order that depends
  // on k alone.
  kRmsNorm = 3,
};

inline constexpr int64_t kMaxRmsNormK = 16384;

// One quantiser. M comes with each launch.
struct QuantizeDesc {
  QuantizeOp op = QuantizeOp::kQuantize;
  int64_t k = 0;  // columns of q: a positive multiple of 16; of kRmsNorm at most kMaxRmsNormK
  ElementType x_type = ElementType::kBf16;  // of kQuantize; others take kBf16
  bool ue8m0 = false;  // scales are rounded up to a power of two, at least 2^-126 and at most 2^127
  // Of kSiluMul and kGeluMul: up in columns 0 .. k-1 and gate in k .. 2k-1, instead of gate first.
  bool up_first = false;
  // Of kSiluMul and kGeluMul: gate is min(gate, limit), and up is clamped to -limit .. limit,
  // before anything else; a NaN stays one. A positive bf16 value, or 0: no limit.
  float limit = 0;
  ElementType weight_type = ElementType::kBf16;  // of kRmsNorm: kBf16 or kFp32
  bool residual = false;                         // of kRmsNorm: adds QuantizeArgs::residual

  friend bool operator==(const QuantizeDesc&, const QuantizeDesc&) = default;
};

// Where the scales go: AScale for a quantiser, which writes them. Of MN-major scales it also writes
// the tokens m .. ceil(m / 4) * 4 - 1 of every k-block, with zeros.
struct ScaleOutput {
  static constexpr ScaleOutput mn_major(void* data, int64_t ld) {
    return {ScaleLayout::kMnMajor, data, ld};
  }
  static constexpr ScaleOutput k_major(void* data, int64_t ld = 0) {
    return {ScaleLayout::kKMajor, data, ld};
  }
  constexpr operator AScale() const { return {layout, data, ld}; }  // NOLINT: implicit

  ScaleLayout layout = ScaleLayout::kMnMajor;
  void* data = nullptr;
  int64_t ld = 0;
};

// One launch. All pointers are device memory of the current context's device. The caller owns it
// and keeps it valid until the launch has finished on its stream.
struct QuantizeArgs {
  int64_t m = 0;            // tokens, >= 0; 0 is a successful no-op
  const void* x = nullptr;  // [m][ldx] of the desc's type, aligned to 16 bytes
  int64_t ldx = 0;  // row stride in elements: a multiple of 16 bytes; 0 means k, or 2 k with a gate
  void* q = nullptr;  // [m][ldq] e4m3, aligned to 16 bytes; only [m][k] is written
  int64_t ldq = 0;    // row stride in elements: >= k, a multiple of 16; 0 means k
  ScaleOutput scale = {};

  // Of kRmsNorm; null with other ops.
  const void* weight = nullptr;  // [k] of the desc's type, aligned to 16 bytes
  float epsilon = 1e-6f;         // >= 0
  void* residual = nullptr;      // [m][ldr] bf16, aligned to 16 bytes; if and only if desc.residual
  int64_t ldr = 0;               // row stride in elements: >= k, a multiple of 8; 0 means k
  void* y = nullptr;  // [m][ldy] bf16, aligned to 16 bytes: takes v; null: it is not kept
  int64_t ldy = 0;    // row stride in elements: >= k, a multiple of 8; 0 means k

  // Programmatic dependent launch: the kernel may start while its predecessor on the stream drains.
  // Before the predecessor has ended it reads nothing but `weight`, and writes nothing.
  bool pdl = false;

  // A quantiser has no generic kernel: kBackground makes the kernel first, as kCompile does. If it
  // is the library's policy, Library::quantizer() does that.
  MissPolicy on_miss = MissPolicy::kDefault;
};

class QuantizerState;

// One quantiser on one device: immutable and cheap to copy; copies share their kernel. It keeps its
// Library open, and must outlive its launches on the GPU and the graphs that captured them.
// Thread rule: all methods may be called from any number of threads at once.
class JITGEMM_API Quantizer {
 public:
  // Loads the kernel, which serves every M, in the current context: from memory, or else from disk,
  // or else it is compiled. Blocks. Other threads may capture streams meanwhile. Errors:
  // kCompileFailed, kMissing, kDriverError, kInvalidArgument (a context of another device).
  Status prepare() const;

  // Enqueues the kernel on `stream`. A row's result depends on that row alone. If the kernel is
  // loaded, the call allocates nothing, takes no lock, reads no file, and may be captured in a
  // graph. If it is not, args.on_miss decides; on a stream that is being captured the launch then
  // returns kNotReady at once. Errors: kInvalidArgument, before anything is enqueued; kDriverError;
  // kNotReady; those of prepare() when the call makes the kernel.
  Status launch(const QuantizeArgs& args, Stream stream) const;

  const QuantizeDesc& desc() const;
  std::string kernel_name() const;  // "silu_mul_quantize_k2048_bf16"

 private:
  friend class Library;
  explicit Quantizer(std::shared_ptr<QuantizerState> state);
  std::shared_ptr<QuantizerState> state_;
};

}  // namespace jitgemm
