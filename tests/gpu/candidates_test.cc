// Every kernel that the planner's model can pick for any shape: each family, token tile,
// split, number of k-blocks and depth of the ring, in every overlap of launches, and the same bits
// each time.
#include <fmt/format.h>

#include "src/plan/candidates.h"
#include "tests/gpu/one_kernel.h"
#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

// The last tile of N is not whole, nor is the last k-block; 33 of them part into 8 slices of 4.
constexpr GemmDesc kShape = {.n = 1000, .k = 4112};
constexpr int64_t kCandidateRows = 260;
constexpr int kRepetitions = 100;

class GpuCandidatesTest : public SmallGemmTest {
 protected:
  void SetUp() override {
    SmallGemmTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make({.desc = kShape, .rows = kCandidateRows, .output_copies = 2});
  }

  // Those that are eligible for m, made; the swapped ones also as twins that fill their ring, if
  // so.
  std::vector<plan::KernelConfig> candidates(int64_t m, Form form, bool twins = false) {
    const plan::DeviceModel& device = (*test_gpu())->model();
    std::vector<plan::KernelConfig> configs = plan::enumerate(kShape, m, form, device);
    for (size_t i = 0, count = twins ? configs.size() : 0; i < count; ++i) {
      configs.push_back(configs[i]);
      configs.back().fill_ring = true;
    }
    std::erase_if(configs, [&](const plan::KernelConfig& config) {
      return !plan::reject(config, m, device).empty();
    });
    EXPECT_FALSE(configs.empty());
    const Status made = make_kernels(configs);
    EXPECT_TRUE(made.ok()) << made.message() << "\n" << made.detail();
    return configs;
  }

  harness::Launch launch_of(const plan::KernelConfig& config, const plan::Overlap& overlap = {}) {
    const auto launch = kernel_launcher(config, kShape, overlap);
    EXPECT_TRUE(launch.ok()) << launch.status().message();
    return *launch;
  }

  // Right, and what is left in copy 0 of D is what all other launches must equal.
  void expect_right(const plan::KernelConfig& config, int64_t m) {
    const auto check =
        harness::launch_and_check(bench(), reference(), operands(m), launch_of(config));
    JITGEMM_ASSERT_OK(check);
    EXPECT_EQ(check->failure(), "");
  }

  void expect_same_bits(const harness::Launch& launch, int64_t m, bool pdl, int repetitions) {
    JITGEMM_ASSERT_OK_STATUS(outputs().poison(bench(), 1));
    GemmArgs args = operands(m).args(1);
    args.pdl = pdl;
    for (int i = 0; i < repetitions; ++i) {
      JITGEMM_ASSERT_OK_STATUS(launch(args, bench().stream.get()));
      const auto different = harness::count_differences(bench(), outputs(), 0, 1);
      JITGEMM_ASSERT_OK(different);
      ASSERT_EQ(*different, 0u) << "repetition " << i;
    }
  }
};

TEST_F(GpuCandidatesTest, EverySwappedKernelIsRightAndRepeatsItsBits) {
  for (int64_t tile : {8, 16, 24, 32, 40, 48, 56, 64, 128}) {
    const int64_t m = tile - 3;
    for (const plan::KernelConfig& config : candidates(m, Form::kSwapped)) {
      SCOPED_TRACE(fmt::format("m = {}: {}", m, config.name()));
      expect_right(config, m);
      expect_same_bits(launch_of(config), m, false, config.split > 1 ? kRepetitions : 1);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(GpuCandidatesTest, EveryOverlapGivesTheSameBits) {
  for (int64_t m : {8, 40})
    for (const plan::KernelConfig& config : candidates(m, Form::kSwapped, true)) {
      SCOPED_TRACE(fmt::format("m = {}: {}", m, config.name()));
      expect_right(config, m);
      for (plan::Chain chain : {plan::Chain::kPlain, plan::Chain::kPdl})
        for (const plan::Overlap& overlap : overlaps_of(config, chain)) {
          SCOPED_TRACE(overlap.text());
          expect_same_bits(launch_of(config, overlap), m, chain == plan::Chain::kPdl, 2);
        }
      if (HasFatalFailure()) return;
    }
}

TEST_F(GpuCandidatesTest, EveryNormalKernelIsRightAndRepeatsItsBits) {
  for (int64_t m : {int64_t{65}, kCandidateRows - 1})
    for (const plan::KernelConfig& config : candidates(m, Form::kNormal)) {
      SCOPED_TRACE(fmt::format("m = {}: {}", m, config.name()));
      expect_right(config, m);
      expect_same_bits(launch_of(config), m, false, 2);
      if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace jitgemm
