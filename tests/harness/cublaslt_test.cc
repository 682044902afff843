// Compares the declarations of cublaslt.h with the real header, where the machine has it.
#include "tools/harness/cublaslt.h"

#include <gtest/gtest.h>

#if __has_include(<cublasLt.h>) && __has_include(<cuda_runtime_api.h>)
#include <cublasLt.h>
#define JITGEMM_HAS_CUBLASLT_HEADER 1
#endif

namespace jitgemm::harness {
namespace {

TEST(CublasLtApiTest, DeclarationsAgreeWithTheHeader) {
#ifdef JITGEMM_HAS_CUBLASLT_HEADER
  EXPECT_EQ(cublaslt::kCompute32F, CUBLAS_COMPUTE_32F);
  EXPECT_EQ(cublaslt::kFloat32, CUDA_R_32F);
  EXPECT_EQ(cublaslt::kBf16, CUDA_R_16BF);
  EXPECT_EQ(cublaslt::kE4m3, CUDA_R_8F_E4M3);
  EXPECT_EQ(cublaslt::kNormal, CUBLAS_OP_N);
  EXPECT_EQ(cublaslt::kTransposed, CUBLAS_OP_T);
  EXPECT_EQ(cublaslt::kDescTransA, CUBLASLT_MATMUL_DESC_TRANSA);
  EXPECT_EQ(cublaslt::kDescTransB, CUBLASLT_MATMUL_DESC_TRANSB);
  EXPECT_EQ(cublaslt::kDescScaleA, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER);
  EXPECT_EQ(cublaslt::kDescScaleB, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER);
  EXPECT_EQ(cublaslt::kDescScaleModeA, CUBLASLT_MATMUL_DESC_A_SCALE_MODE);
  EXPECT_EQ(cublaslt::kDescScaleModeB, CUBLASLT_MATMUL_DESC_B_SCALE_MODE);
  EXPECT_EQ(cublaslt::kScale1x128, CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F);
  EXPECT_EQ(cublaslt::kScale128x128, CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F);
  EXPECT_EQ(cublaslt::kPreferenceMaxWorkspaceBytes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
  EXPECT_EQ(sizeof(cublasOperation_t), sizeof(int));
  EXPECT_EQ(sizeof(CublasLtAlgo), sizeof(cublasLtMatmulAlgo_t));
  EXPECT_EQ(sizeof(CublasLtHeuristic), sizeof(cublasLtMatmulHeuristicResult_t));
#else
  GTEST_SKIP() << "<cublasLt.h> is not on this machine";
#endif
}

TEST(CublasLtApiTest, OpensOrSaysWhatWasLookedFor) {
  const Result<CublasLtApi> api = CublasLtApi::open();
  if (api.ok()) {
    EXPECT_GE(api->cublasLtGetVersion(), 120000u);
  } else {
    EXPECT_EQ(api.status().code(), StatusCode::kMissing);
    EXPECT_NE(api.status().detail().find("libcublasLt.so.13"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace jitgemm::harness
