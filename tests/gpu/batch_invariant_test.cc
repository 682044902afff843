// Options::batch_invariant: a row's bits depend neither on M nor on the other rows.
#include <fmt/format.h>

#include "src/plan/desc.h"
#include "tests/gpu/gpu_test.h"
#include "tools/harness/operands.h"

namespace jitgemm {
namespace {

using harness::Activations;
using harness::Operands;
using harness::Outputs;
using harness::Weights;

constexpr int64_t kBatchRows = 300;
constexpr int64_t kBatchM[] = {1, 8, 17, 33, 64, 65, 129, 255};

const GemmDesc kBatchShapes[] = {
    {.n = 2112, .k = 7168},  {.n = 24576, .k = 1536}, {.n = 32768, .k = 512},
    {.n = 7168, .k = 16384}, {.n = 4096, .k = 7168},  {.n = 7168, .k = 2048},
    {.n = 3072, .k = 1536},  {.n = 4608, .k = 7168},  {.n = 512, .k = 7168},
    {.n = 7168, .k = 2304},  {.n = 7168, .k = 256},   {.n = 1536, .k = 7168},
};

// The GEMM of rows first .. first + m - 1 alone, in the place of the same rows of the whole.
GemmArgs rows_of(const Operands& all, int copy, int64_t first, int64_t m) {
  GemmArgs args = all.args(copy);
  args.m = m;
  args.a = static_cast<const uint8_t*>(args.a) + first * args.lda;
  args.a_scale.data = static_cast<const float*>(args.a_scale.data) + first;  // MN-major
  args.d = static_cast<uint16_t*>(args.d) + first * args.ldd;
  return args;
}

class GpuBatchInvariantTest : public GpuTest, public testing::WithParamInterface<GemmDesc> {};

TEST_P(GpuBatchInvariantTest, ARowHasTheSameBitsInEveryBatch) {
  Options options = test_options(Form::kAuto);
  options.batch_invariant = true;
  const Result<Library> library = Library::open(options);
  JITGEMM_ASSERT_OK(library);
  JITGEMM_ASSERT_OK(library->prepare({.shapes = {GetParam()}, .m_max = kBatchRows, .threads = 16}));
  const Result<Gemm> gemm = library->gemm(GetParam());
  JITGEMM_ASSERT_OK(gemm);

  const Result<Weights> weights = Weights::generate(bench(), GetParam(), 1);
  JITGEMM_ASSERT_OK(weights);
  const Result<Activations> activations =
      Activations::generate(bench(), {.rows = kBatchRows, .k = GetParam().k});
  JITGEMM_ASSERT_OK(activations);
  const Result<Outputs> outputs =
      Outputs::allocate(bench(), {.rows = kBatchRows, .n = GetParam().n, .copies = 2});
  JITGEMM_ASSERT_OK(outputs);

  // Both copies of D hold the whole batch; then rows of the second are made anew, batch by batch.
  const Operands all = {
      .weights = *weights, .activations = *activations, .outputs = *outputs, .m = kBatchRows};
  const Stream stream = bench().stream.get();
  for (int copy : {0, 1}) {
    JITGEMM_ASSERT_OK_STATUS(outputs->poison(bench(), copy));
    JITGEMM_ASSERT_OK_STATUS(gemm->launch(all.args(copy), stream));
  }
  for (int64_t m : kBatchM)
    for (int64_t first : {int64_t{0}, (kBatchRows - m) / 4 * 4})  // scales are aligned to 16 bytes
      for (bool pdl : {false, true}) {
        GemmArgs args = rows_of(all, 1, first, m);
        args.pdl = pdl;
        JITGEMM_ASSERT_OK_STATUS(gemm->launch(args, stream));
        const auto different = harness::count_differences(bench(), *outputs, 0, 1);
        JITGEMM_ASSERT_OK(different);
        EXPECT_EQ(*different, 0u) << fmt::format("m = {} from row {}: {} against {}", m, first,
                                                 gemm->kernel_name(m, pdl),
                                                 gemm->kernel_name(kBatchRows));
      }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GpuBatchInvariantTest, testing::ValuesIn(kBatchShapes),
                         [](const auto& info) { return plan::shape_name(info.param); });

}  // namespace
}  // namespace jitgemm
