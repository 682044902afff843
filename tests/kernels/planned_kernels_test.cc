// The kernels that the planner picks: what ptxas says about them, and that their machine
// instructions are those of tests/kernels/instructions.txt. tools/sass_digest.sh and
// tools/check_kernels.sh ask the same for every shape of a file.
#include <gtest/gtest.h>

#include <algorithm>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/plan/desc.h"
#include "tests/kernels/instructions.h"
#include "tests/kernels/shapes.h"
#include "tests/paths.h"

namespace jitgemm {
namespace {

using compile::Nvrtc;

class KernelsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto opened = Nvrtc::open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    nvrtc = *opened;
    kept.clear();
    std::ifstream file(std::string(paths::kSource) + "/tests/kernels/instructions.txt");
    for (std::string line; std::getline(file, line);) kept.push_back(line);
    ASSERT_FALSE(kept.empty());
  }
  static void TearDownTestSuite() { nvrtc.reset(); }

  // No stack, no spill, no warning; and the kept instructions, where the compiler is the same.
  static void expect_clean_and_kept(std::string_view shape, const Configs& configs) {
    std::vector<std::string> lines;
    for (const auto& [name, config] : configs) {
      const auto compiled = nvrtc->compile(codegen::generate(config), codegen::compile_options());
      ASSERT_TRUE(compiled.ok()) << name << ": " << compiled.status().detail();
      const compile::PtxasReport& ptxas = compiled->ptxas;
      EXPECT_TRUE(ptxas.clean()) << name << ": " << ptxas.stack_bytes << " bytes of stack, "
                                 << ptxas.spill_store_bytes << " bytes spilled, "
                                 << ::testing::PrintToString(ptxas.warnings);
      lines.push_back(kernel_line(config, *compiled));
    }
    ASSERT_FALSE(lines.empty());
    if (nvrtc->build() != kept.front())
      GTEST_SKIP() << "the instructions are kept of " << kept.front() << ", this is "
                   << nvrtc->build();
    const std::string line = shape_line(shape, lines);
    EXPECT_EQ(std::count(kept.begin(), kept.end(), line), 1)
        << line << "\nis not in instructions.txt: the machine code of a kernel has changed. Run "
        << "tests/gpu/programs/compare_kernels on a GPU, then tools/sass_digest.sh --update, in a "
        << "commit of its own that names the run.";
  }

  static inline std::shared_ptr<Nvrtc> nvrtc;
  static inline std::vector<std::string> kept;
};

class PlannedKernelsTest : public KernelsTest, public ::testing::WithParamInterface<GemmDesc> {};

TEST_P(PlannedKernelsTest, AreCleanAndHaveTheKeptInstructions) {
  expect_clean_and_kept(plan::shape_name(GetParam()), configs_of(GetParam()));
}

TEST_F(KernelsTest, GenericOnesAreCleanAndHaveTheKeptInstructions) {
  expect_clean_and_kept("generic", generic_configs());
}

TEST_F(KernelsTest, QuantizersAreCleanAndHaveTheKeptInstructions) {
  expect_clean_and_kept("quantizers", quantizers());
}

INSTANTIATE_TEST_SUITE_P(Shapes, PlannedKernelsTest, ::testing::ValuesIn(kRepresentativeShapes),
                         [](const auto& test) { return plan::shape_name(test.param); });

}  // namespace
}  // namespace jitgemm
