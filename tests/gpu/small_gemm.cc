#include "tests/gpu/small_gemm.h"

#include <utility>

namespace jitgemm {

void SmallGemmTest::make(const Setting& setting) {
  Options options = test_options(setting.form);
  options.batch_invariant = setting.batch_invariant;
  const Result<Library> library = Library::open(options);
  JITGEMM_ASSERT_OK(library);
  Result<Gemm> gemm = library->gemm(setting.desc);
  JITGEMM_ASSERT_OK(gemm);
  const auto made =
      library->prepare({.shapes = {setting.desc}, .m_max = setting.rows, .threads = 16});
  JITGEMM_ASSERT_OK(made);
  for (const Status& error : made->errors) JITGEMM_ASSERT_OK_STATUS(error);
  auto weights = harness::Weights::generate(bench(), setting.desc, 1, setting.ldb);
  JITGEMM_ASSERT_OK(weights);
  auto activations = harness::Activations::generate(bench(), {.rows = setting.rows,
                                                              .k = setting.desc.k,
                                                              .lda = setting.lda,
                                                              .scale_ld = setting.scale_ld});
  JITGEMM_ASSERT_OK(activations);
  auto outputs = harness::Outputs::allocate(bench(), {.rows = setting.rows,
                                                      .n = setting.desc.n,
                                                      .ldd = setting.ldd,
                                                      .copies = setting.output_copies});
  JITGEMM_ASSERT_OK(outputs);
  gemm_.emplace(*std::move(gemm));
  weights_.emplace(*std::move(weights));
  activations_.emplace(*std::move(activations));
  outputs_.emplace(*std::move(outputs));
  refresh_reference();
}

void SmallGemmTest::refresh_reference() {
  auto reference = harness::Reference::compute(bench(), weights(), activations());
  JITGEMM_ASSERT_OK(reference);
  reference_.emplace(*std::move(reference));
}

}  // namespace jitgemm
