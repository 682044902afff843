#include "tools/harness/helper_kernels.h"

#include <gtest/gtest.h>

#include "src/compile/nvrtc.h"

namespace jitgemm::harness {
namespace {

TEST(HelperSourceTest, CompilesWithoutASpillOrAWarning) {
  const auto nvrtc = compile::Nvrtc::open({});
  if (!nvrtc.ok() && nvrtc.status().code() == StatusCode::kMissing)
    GTEST_SKIP() << nvrtc.status().message();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status().message();
  const auto compiled = (*nvrtc)->compile({.text = kHelperSource, .headers = {}}, helper_options());
  ASSERT_TRUE(compiled.ok()) << compiled.status().message() << "\n" << compiled.status().detail();
  EXPECT_TRUE(compiled->ptxas.clean());
  for (const char* kernel :
       {"quantise", "reference_gemm", "compare", "count_differences", "read_only"})
    EXPECT_NE(compiled->cubin.find(std::string(".text.") + kernel), std::string::npos) << kernel;
}

}  // namespace
}  // namespace jitgemm::harness
