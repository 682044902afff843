// Options::batch_invariant: a row's bits depend neither on M nor on the other rows.
#include <fmt/format.h>

#include "src/plan/desc.h"
#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

constexpr int64_t kBatchRows = 300;
constexpr int64_t kBatchM[] = {1, 8, 17, 33, 64, 65, 129, 255};

const GemmDesc kBatchShapes[] = {
    {.n = 2112, .k = 7168},  {.n = 24576, .k = 1536}, {.n = 32768, .k = 512},
    {.n = 7168, .k = 16384}, {.n = 4096, .k = 7168},  {.n = 7168, .k = 2048},
    {.n = 3072, .k = 1536},  {.n = 4608, .k = 7168},  {.n = 512, .k = 7168},
    {.n = 7168, .k = 2304},  {.n = 7168, .k = 256},   {.n = 1536, .k = 7168},
};

// The GEMM of rows first .. first + m - 1 alone, in the place of the same rows of the whole.
GemmArgs rows_of(const harness::Operands& all, int copy, int64_t first, int64_t m) {
  GemmArgs args = all.args(copy);
  args.m = m;
  args.a = static_cast<const uint8_t*>(args.a) + first * args.lda;
  args.a_scale.data = static_cast<const float*>(args.a_scale.data) + first;  // MN-major
  args.d = static_cast<uint16_t*>(args.d) + first * args.ldd;
  return args;
}

class GpuBatchInvariantTest : public SmallGemmTest, public testing::WithParamInterface<GemmDesc> {};

TEST_P(GpuBatchInvariantTest, ARowHasTheSameBitsInEveryBatch) {
  make({.desc = GetParam(), .rows = kBatchRows, .output_copies = 2, .batch_invariant = true});
  if (HasFatalFailure()) return;

  // Both copies of D hold the whole batch; then rows of the second are made anew, batch by batch.
  const harness::Operands all = operands(kBatchRows);
  const Stream stream = bench().stream.get();
  for (int copy : {0, 1}) {
    JITGEMM_ASSERT_OK_STATUS(outputs().poison(bench(), copy));
    JITGEMM_ASSERT_OK_STATUS(gemm().launch(all.args(copy), stream));
  }
  for (int64_t m : kBatchM)
    for (int64_t first : {int64_t{0}, (kBatchRows - m) / 4 * 4})  // scales are aligned to 16 bytes
      for (bool pdl : {false, true}) {
        GemmArgs args = rows_of(all, 1, first, m);
        args.pdl = pdl;
        JITGEMM_ASSERT_OK_STATUS(gemm().launch(args, stream));
        const auto different = harness::count_differences(bench(), outputs(), 0, 1);
        JITGEMM_ASSERT_OK(different);
        EXPECT_EQ(*different, 0u) << fmt::format("m = {} from row {}: {} against {}", m, first,
                                                 gemm().kernel_name(m, pdl),
                                                 gemm().kernel_name(kBatchRows));
      }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GpuBatchInvariantTest, testing::ValuesIn(kBatchShapes),
                         [](const auto& info) { return plan::shape_name(info.param); });

}  // namespace
}  // namespace jitgemm
