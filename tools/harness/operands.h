// Operands of a GEMM on the GPU: weights, activations and outputs, each in one or more copies, so
// that a chain of launches reads more memory than the L2 holds.
//
// Memory between the rows and after the last row holds poison: NaN in e4m3, fp32 and bf16 alike.
#pragma once

#include <cstdint>
#include <utility>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/harness/buffer.h"
#include "tools/harness/helper_kernels.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

// Copies of an array of T in one buffer, each at a multiple of 256 bytes.
template <typename T>
class Copies {
 public:
  // Allocates `count` copies of so many elements, and sets every byte to `filler`.
  Status allocate(const Workbench& bench, int count, int64_t elements, uint8_t filler) {
    stride_ = (static_cast<size_t>(elements) * sizeof(T) + 255) / 256 * 256;
    Result<Buffer> buffer = bench.allocate(static_cast<size_t>(count) * stride_);
    if (!buffer.ok()) return buffer.status();
    buffer_ = *std::move(buffer);
    return buffer_.fill(filler, bench.stream.get());
  }

  T* at(int copy) const { return buffer_.at<T>(static_cast<size_t>(copy) * stride_); }

 private:
  Buffer buffer_;
  size_t stride_ = 0;  // bytes from one copy to the next
};

class Weights {
 public:
  // `ldb` 0 means k. The copies differ. Enqueued on the workbench's stream, as every generate().
  static Result<Weights> generate(const Workbench& bench, const GemmDesc& desc, int copies,
                                  int64_t ldb = 0);

  const GemmDesc& desc() const { return desc_; }
  int copies() const { return copies_; }
  int64_t bytes() const { return desc_.n * desc_.k; }  // one copy, without scales

  Matrix matrix(int copy) const;
  Scales scales(int copy) const;  // [ceil(n/128)][ceil(k/128)]
  // The same scales with rows padded to a multiple of 4, as cuBLASLt takes them.
  Scales padded_scales(int copy) const;

 private:
  GemmDesc desc_;
  int copies_ = 0;
  int64_t ldb_ = 0;
  Copies<uint8_t> data_;
  Copies<float> scales_, padded_scales_;
};

class Activations {
 public:
  struct Layout {
    int64_t rows = 0, k = 0;
    int64_t lda = 0;       // 0: k
    int64_t scale_ld = 0;  // ld of MN-major scales; 0: rows rounded up to a multiple of 4
    int copies = 1;
  };
  static Result<Activations> generate(const Workbench& bench, const Layout& layout,
                                      uint32_t seed = 1);

  // Makes other data in the same memory.
  Status regenerate(const Workbench& bench, uint32_t seed) const;

  int copies() const { return layout_.copies; }
  int64_t rows() const { return layout_.rows; }

  Matrix matrix(int copy) const;
  Scales scales(int copy, ScaleLayout layout) const;

 private:
  Layout layout_;
  Copies<uint8_t> data_;
  Copies<float> mn_major_, k_major_;
};

// D with guard bands before and after it.
class Outputs {
 public:
  struct Layout {
    int64_t rows = 0, n = 0;
    int64_t ldd = 0;  // 0: n
    int copies = 1;
  };
  static Result<Outputs> allocate(const Workbench& bench, const Layout& layout);

  int copies() const { return layout_.copies; }
  Status poison(const Workbench& bench, int copy) const;

  // The memory of a copy as a region that holds D[m][n], m <= rows.
  Region region(int copy, int64_t m) const;

 private:
  int64_t elements() const;  // of a copy
  Layout layout_;
  Copies<uint16_t> data_;
};

// One GEMM's operands. Launch i uses copy i modulo the number of copies of each.
struct Operands {
  const Weights& weights;
  const Activations& activations;
  const Outputs& outputs;
  int64_t m;
  ScaleLayout scale_layout = ScaleLayout::kMnMajor;

  GemmArgs args(int launch) const;
};

}  // namespace jitgemm::harness
