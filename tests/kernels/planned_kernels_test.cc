// What ptxas says about the kernels that the planner picks. tools/check_kernels.sh asks the same
// for every shape of a file; here stand those of each kind: deep and shallow K, tails in N and in
// K, few and many weight tiles, both forms.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/plan/desc.h"
#include "src/plan/device_model.h"
#include "src/plan/generic.h"
#include "src/plan/plan.h"

namespace jitgemm::compile {
namespace {

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

class KernelsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto opened = Nvrtc::open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    nvrtc = *opened;
  }
  static void TearDownTestSuite() { nvrtc.reset(); }

  static void expect_clean(const plan::KernelConfig& config) {
    const Result<Compiled> compiled =
        nvrtc->compile(codegen::generate(config), codegen::compile_options());
    ASSERT_TRUE(compiled.ok()) << config.name() << ": " << compiled.status().detail();
    const PtxasReport& ptxas = compiled->ptxas;
    EXPECT_TRUE(ptxas.clean()) << config.name() << ": " << ptxas.stack_bytes << " bytes of stack, "
                               << ptxas.spill_store_bytes << " bytes spilled, "
                               << ptxas.spill_load_bytes << " reloaded" << join(ptxas.warnings);
  }

  static inline std::shared_ptr<Nvrtc> nvrtc;
};

class PlannedKernelsTest : public KernelsTest, public ::testing::WithParamInterface<GemmDesc> {};

TEST_P(PlannedKernelsTest, CompileWithoutASpillOrAWarning) {
  const plan::DeviceModel h200 = plan::known_devices().front();
  const std::vector<plan::KernelConfig> configs = plan::kernels_for(GetParam(), 8192, h200);
  ASSERT_FALSE(configs.empty());
  for (const plan::KernelConfig& config : configs) expect_clean(config);
}

TEST_P(PlannedKernelsTest, ThoseOfBatchInvariantShapesCompileWithoutASpillOrAWarning) {
  const plan::DeviceModel h200 = plan::known_devices().front();
  for (const plan::KernelConfig& config :
       plan::kernels_for(GetParam(), 8192, h200, {.batch_invariant = true}))
    if (config.form == Form::kNormal && config.split > 1) expect_clean(config);  // others: as above
}

TEST_F(KernelsTest, GenericOnesCompileWithoutASpillOrAWarning) {
  for (const plan::Range& range : plan::generic_ranges()) expect_clean(range.config);
}

INSTANTIATE_TEST_SUITE_P(Shapes, PlannedKernelsTest,
                         ::testing::Values(GemmDesc{.n = 7168, .k = 2048},
                                           GemmDesc{.n = 2112, .k = 7168},
                                           GemmDesc{.n = 24576, .k = 1536},
                                           GemmDesc{.n = 576, .k = 7168},
                                           GemmDesc{.n = 8, .k = 400}),
                         [](const auto& test) { return plan::shape_name(test.param); });

}  // namespace
}  // namespace jitgemm::compile
