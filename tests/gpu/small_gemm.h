// One small GEMM with its operands, for tests whose subject is not the size.
#pragma once

#include <optional>

#include "tests/gpu/gpu_test.h"
#include "tools/harness/operands.h"

namespace jitgemm {

class SmallGemmTest : public GpuTest {
 protected:
  struct Setting {
    GemmDesc desc = {.n = 576, .k = 1040};
    int64_t rows = 132;
    Form form = Form::kAuto;
    int64_t lda = 0, ldb = 0, ldd = 0, scale_ld = 0;  // 0: the default
    int output_copies = 1;
    bool batch_invariant = false;
  };

  // Makes everything below, and the kernels for all M up to `rows`. May be called again.
  void make(const Setting& setting);

  const Gemm& gemm() const { return *gemm_; }
  const harness::Weights& weights() const { return *weights_; }
  const harness::Activations& activations() const { return *activations_; }
  const harness::Outputs& outputs() const { return *outputs_; }
  const harness::Reference& reference() const { return *reference_; }

  harness::Operands operands(int64_t m, ScaleLayout layout = ScaleLayout::kMnMajor) const {
    return {.weights = weights(),
            .activations = activations(),
            .outputs = outputs(),
            .m = m,
            .scale_layout = layout};
  }

  // Computes the reference anew, from the data that is there now.
  void refresh_reference();

 private:
  std::optional<Gemm> gemm_;
  std::optional<harness::Weights> weights_;
  std::optional<harness::Activations> activations_;
  std::optional<harness::Outputs> outputs_;
  std::optional<harness::Reference> reference_;
};

}  // namespace jitgemm
