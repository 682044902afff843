// HelperKernels: the device side of the harness, which makes data, computes the reference and
// compares. The kernels are those of helpers.cu, with a typed function for each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "tools/harness/buffer.h"

namespace jitgemm::harness {

constexpr int kScaleBlock = 128;  // columns of A and B, and rows of B, that share a scale

extern const char kHelperSource[];  // the text of helpers.cu

// The options for NVRTC. Unlike the library's kernels, the helpers use the headers that NVRTC
// brings along: shuffles, vector types, logf.
inline std::vector<std::string> helper_options() {
  return {"-arch=sm_90a", "-std=c++17", "--ptxas-options=-v"};
}

// An e4m3 matrix [rows][ld] on the GPU, of which [rows][k] is used.
struct Matrix {
  uint8_t* data;
  int64_t rows, k, ld;
};

// Scales on the GPU: the scale of (row block, k-block kb) is at
// base[row_block * row_stride + kb * block_stride].
struct Scales {
  float* base;
  int64_t row_stride, block_stride;
};

// The memory that holds D and its guards: D[m][n] begins at element `first`.
struct Region {
  const uint16_t* memory;
  int64_t elements, first, ldd, m, n;
};

// The layout of the device's struct of that name.
struct Tally {
  double error2 = 0, reference2 = 0;
  uint64_t worst = 0, unwritten = 0, touched = 0;
};

class HelperKernels {
 public:
  // Compiles and loads. Errors: kMissing (NVRTC), kCompileFailed, kDriverError.
  static Result<HelperKernels> load(GpuPtr gpu, const std::string& nvrtc_path);

  // Each function below enqueues its kernel.

  // Makes random data in `matrix`, with one scale for `block_rows` rows (1 or 128) and 128 columns,
  // and writes the scales in two layouts.
  struct Quantise {
    Matrix matrix;
    int block_rows;
    uint32_t seed;
    Scales scales, twin;
  };
  Status quantise(const Quantise& job, CUstream stream) const;

  // Fills with normal bf16 values.
  struct Normal {
    uint16_t* to;
    int64_t count;
    uint32_t seed;
  };
  Status fill_normal(const Normal& job, CUstream stream) const;

  // Computes sum[m][n], the product of the dequantised matrices in fp32, and magnitude[m][n], the
  // same sum over absolute values.
  struct Reference {
    Matrix a;
    Scales a_scales;
    Matrix b;
    Scales b_scales;
    float *sum, *magnitude;
  };
  Status reference(const Reference& job, CUstream stream) const;

  // Adds to *tally, which is on the GPU. check.h has the bound of an element.
  struct Compare {
    Region d;
    const float *sum, *magnitude;
    Tally* tally;
  };
  Status compare(const Compare& job, CUstream stream) const;

  // Adds the number of elements that differ to *count, which is on the GPU.
  Status count_differences(const Region& x, const Region& y, uint64_t* count,
                           CUstream stream) const;

  // Reads `bytes` bytes, a multiple of 16, and writes nothing. With `pdl` it starts to read while
  // its predecessor on the stream drains, and ends after it.
  struct Read {
    const void* data;
    int64_t bytes;
    bool pdl;
  };
  Status read_only(const Read& job, CUstream stream) const;

 private:
  HelperKernels() = default;
  struct Grid {
    unsigned x, y = 1;
    bool pdl = false;
  };
  template <typename... Args>
  Status launch(CUfunction kernel, const Grid& grid, CUstream stream, Args... args) const;

  GpuPtr gpu_;
  Buffer sink_;  // where read_only would write
  Owned<CUmodule, &DriverFunctions::cuModuleUnload> module_;
  CUfunction quantise_, normal_, reference_, compare_, differences_, read_;
};

}  // namespace jitgemm::harness
