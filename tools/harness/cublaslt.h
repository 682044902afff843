// cuBLASLt's FP8 GEMM of the same operation (1x128 scales of A, 128x128 of B), timed beside ours
// where the machine has the library. It calibrates a run against peers that were measured on
// another day.
//
// cuBLASLt is column-major: the weight is its transposed A, and the tokens are its B.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/harness/operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

// The part of libcublasLt that is used, declared by hand so that building needs neither its headers
// nor its library. Names and values are those of <cublasLt.h> 13; enumerations are ints.
struct CublasLtAlgo {
  uint64_t data[8];
};
struct CublasLtHeuristic {  // cublasLtMatmulHeuristicResult_t
  CublasLtAlgo algo;
  size_t workspace_bytes;
  int state;
  float waves;
  int reserved[4];
};

using CublasLtHandle = struct CublasLtContext*;
using CublasLtDesc = struct CublasLtMatmulDesc*;
using CublasLtLayout = struct CublasLtMatrixLayout*;
using CublasLtPreference = struct CublasLtMatmulPreference*;

namespace cublaslt {
constexpr int kCompute32F = 68;                      // CUBLAS_COMPUTE_32F
constexpr int kFloat32 = 0, kBf16 = 14, kE4m3 = 28;  // cudaDataType
constexpr int kNormal = 0, kTransposed = 1;          // CUBLAS_OP_N, CUBLAS_OP_T
constexpr int kDescTransA = 3, kDescTransB = 4;      // CUBLASLT_MATMUL_DESC_*
constexpr int kDescScaleA = 17, kDescScaleB = 18;    // ..._SCALE_POINTER
constexpr int kDescScaleModeA = 31, kDescScaleModeB = 32;
constexpr int kScale1x128 = 4;    // CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F
constexpr int kScale128x128 = 5;  // ..._BLK128x128_32F
constexpr int kPreferenceMaxWorkspaceBytes = 1;
}  // namespace cublaslt

// Result, name and parameters of each function.
#define JITGEMM_CUBLASLT_FUNCTIONS(F)                                                              \
  F(int, cublasLtCreate, (CublasLtHandle*))                                                        \
  F(int, cublasLtDestroy, (CublasLtHandle))                                                        \
  F(size_t, cublasLtGetVersion, ())                                                                \
  F(int, cublasLtMatmulDescCreate, (CublasLtDesc*, int compute_type, int scale_type))              \
  F(int, cublasLtMatmulDescDestroy, (CublasLtDesc))                                                \
  F(int, cublasLtMatmulDescSetAttribute, (CublasLtDesc, int attribute, const void*, size_t bytes)) \
  F(int, cublasLtMatrixLayoutCreate,                                                               \
    (CublasLtLayout*, int type, uint64_t rows, uint64_t columns, int64_t ld))                      \
  F(int, cublasLtMatrixLayoutDestroy, (CublasLtLayout))                                            \
  F(int, cublasLtMatmulPreferenceCreate, (CublasLtPreference*))                                    \
  F(int, cublasLtMatmulPreferenceDestroy, (CublasLtPreference))                                    \
  F(int, cublasLtMatmulPreferenceSetAttribute,                                                     \
    (CublasLtPreference, int attribute, const void*, size_t bytes))                                \
  F(int, cublasLtMatmulAlgoGetHeuristic,                                                           \
    (CublasLtHandle, CublasLtDesc, CublasLtLayout a, CublasLtLayout b, CublasLtLayout c,           \
     CublasLtLayout d, CublasLtPreference, int requested, CublasLtHeuristic* results,              \
     int* returned))                                                                               \
  F(int, cublasLtMatmul,                                                                           \
    (CublasLtHandle, CublasLtDesc, const void* alpha, const void* a, CublasLtLayout,               \
     const void* b, CublasLtLayout, const void* beta, const void* c, CublasLtLayout, void* d,      \
     CublasLtLayout, const CublasLtAlgo*, void* workspace, size_t workspace_bytes, CUstream))

struct CublasLtApi {
#define JITGEMM_MEMBER(result, name, parameters) result(*name) parameters;
  JITGEMM_CUBLASLT_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER

  // Opens libcublasLt.so.13 or .12, and never unloads it. Errors: kMissing, naming the files that
  // were looked for.
  static Result<CublasLtApi> open();
};

class CublasLt {
 public:
  // Errors: kMissing when there is no libcublasLt, kDriverError.
  static Result<std::unique_ptr<CublasLt>> open(const Workbench& bench);
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  // The product of one shape and M, padded to a multiple of 4 as kernels for small M need it.
  class Product {
   public:
    // 0 when cuBLASLt has no kernel for the product.
    int algorithms() const { return static_cast<int>(algorithms_.size()); }

    // Enqueues launch i of `operands`, which have the default layouts and rows for the padded M.
    Status launch(int algorithm, const Operands& operands, int i, CUstream stream);

   private:
    friend class CublasLt;
    explicit Product(const CublasLt& owner);
    Status describe(const GemmDesc& desc, int64_t padded_m);
    Status find_algorithms(int wanted);

    template <typename Handle>  // with the function that destroys it
    using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, int (*)(Handle)>;

    const CublasLt* owner_;
    Owned<CublasLtDesc> desc_;
    Owned<CublasLtLayout> weight_, tokens_, result_;
    std::vector<CublasLtHeuristic> algorithms_;
  };

  // Asks the heuristics for the best `wanted` algorithms. The product must not outlive this object.
  Result<Product> prepare(const GemmDesc& desc, int64_t m, int wanted) const;

 private:
  CublasLt(const CublasLtApi& api, Buffer workspace)
      : api_(api), workspace_(std::move(workspace)) {}
  CublasLtApi api_;
  Buffer workspace_;
  CublasLtHandle handle_ = nullptr;
};

}  // namespace jitgemm::harness
