// cuBLASLt's FP8 GEMM of the same operation (1x128 scales of A, 128x128 of B), timed beside ours
// where the machine has the library. It calibrates a run against peers that were measured on
// another day.
//
// cuBLASLt is column-major: the weight is its transposed A, and the tokens are its B.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/harness/cublaslt_api.h"
#include "tools/harness/operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

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
