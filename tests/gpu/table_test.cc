// The library's own tuning table: every kernel that it names is right, at both ends of its range of
// M.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "src/plan/tuning_table.h"
#include "tests/gpu/one_kernel.h"
#include "tools/harness/operands.h"

namespace jitgemm {
namespace {

using harness::Activations;
using harness::Outputs;
using harness::Weights;

constexpr int64_t kMaxM = 256;  // that the table reaches

class GpuTableTest : public GpuTest {
 protected:
  void expect_right(const GemmDesc& desc, const std::vector<plan::TunedRange>& lines) {
    std::vector<plan::KernelConfig> configs;
    for (const plan::TunedRange& line : lines) configs.push_back(line.config);
    JITGEMM_ASSERT_OK_STATUS(make_kernels(configs));

    const auto weights = Weights::generate(bench(), desc, 1);
    JITGEMM_ASSERT_OK(weights);
    const auto activations = Activations::generate(bench(), {.rows = kMaxM, .k = desc.k});
    JITGEMM_ASSERT_OK(activations);
    const auto outputs = Outputs::allocate(bench(), {.rows = kMaxM, .n = desc.n});
    JITGEMM_ASSERT_OK(outputs);
    const auto reference = harness::Reference::compute(bench(), *weights, *activations);
    JITGEMM_ASSERT_OK(reference);

    for (const plan::TunedRange& line : lines)
      for (int64_t m : {line.m_first, line.m_last}) {
        SCOPED_TRACE(fmt::format("m = {}: {}", m, line.text()));
        const auto kernel = kernel_launcher(line.config, desc, line.overlap);
        JITGEMM_ASSERT_OK(kernel);
        const harness::Launch launch = [&](GemmArgs args, Stream stream) {
          args.pdl = line.chain == plan::Chain::kPdl;
          return (*kernel)(args, stream);
        };
        const auto check = harness::launch_and_check(
            bench(), *reference,
            {.weights = *weights, .activations = *activations, .outputs = *outputs, .m = m},
            launch);
        JITGEMM_ASSERT_OK(check);
        EXPECT_EQ(check->failure(), "");
      }
  }
};

TEST_F(GpuTableTest, EveryKernelOfTheTableIsRight) {
  std::map<std::pair<int, int>, std::vector<plan::TunedRange>> by_shape;
  const plan::TuningTable table = plan::embedded_table();
  for (const plan::TunedRange& line : table.lines())
    by_shape[{line.config.n, line.config.k}].push_back(line);
  ASSERT_FALSE(by_shape.empty());
  for (const auto& [shape, lines] : by_shape) {
    for (const plan::TunedRange& line : lines) ASSERT_LE(line.m_last, kMaxM);
    expect_right({.n = shape.first, .k = shape.second}, lines);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace jitgemm
