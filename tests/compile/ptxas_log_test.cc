// Logs as NVRTC 12.4, 13.0 and 13.5 wrote them with --ptxas-options=-v.

#include "src/compile/ptxas_log.h"

#include <gmock/gmock.h>

namespace jitgemm::compile {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty, ::testing::SizeIs;

TEST(PtxasLogTest, OnlyAKernelWithoutAStackAndSpillsIsClean) {
  const struct {
    const char* log;
    int registers, stack_bytes, spill_store_bytes, spill_load_bytes;
    bool clean;
  } kCases[] = {
      {"ptxas info    : 0 bytes gmem\n"
       "ptxas info    : Compiling entry function 'jitgemm_kernel' for 'sm_90a'\n"
       "ptxas info    : Function properties for jitgemm_kernel\n"
       "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
       "ptxas info    : Used 30 registers, used 0 barriers\n"
       "ptxas info    : Compile time = 18.211 ms\n",
       30, 0, 0, 0, true},
      {"ptxas info    : Function properties for jitgemm_kernel\n"
       "ptxas         .     688 bytes stack frame, 1368 bytes spill stores, 1392 bytes spill "
       "loads\n"
       "ptxas info    : Used 64 registers, used 0 barriers, 688 bytes cumulative stack size\n",
       64, 688, 1368, 1392, false},
      // An array whose index only the launch knows: sums of a cluster's block, picked by its rank.
      {"ptxas info    : Function properties for jitgemm_kernel\n"
       "ptxas         .     32 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
       "ptxas info    : Used 34 registers, used 1 barriers, 32 bytes cumulative stack size\n",
       34, 32, 0, 0, false},
      // Spills of all functions are summed.
      {"ptxas info    : Function properties for jitgemm_kernel\n"
       "ptxas         .     128 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n"
       "ptxas info    : Used 32 registers, 128 bytes cumulative stack size\n"
       "ptxas info    : Function properties for _Z6helperPKfi\n"
       "ptxas         .     16 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads",
       32, 128, 12, 16, false},
      {"", 0, 0, 0, 0, true},
      {"\n\n", 0, 0, 0, 0, true},
      {" registers", 0, 0, 0, 0, true},
      {" bytes spill stores\n", 0, 0, 0, 0, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.log);
    const PtxasReport report = parse_ptxas_log(c.log);
    EXPECT_EQ(report.registers, c.registers);
    EXPECT_EQ(report.stack_bytes, c.stack_bytes);
    EXPECT_EQ(report.spill_store_bytes, c.spill_store_bytes);
    EXPECT_EQ(report.spill_load_bytes, c.spill_load_bytes);
    EXPECT_THAT(report.warnings, IsEmpty());
    EXPECT_EQ(report.clean(), c.clean);
  }
}

TEST(PtxasLogTest, SerialisedWgmmaIsAWarning) {
  const std::string ignored =
      "ptxas info    : (C7508) Potential Performance Loss: 'setmaxnreg' ignored; unable to "
      "determine register count at entry.";
  const std::string injected =
      "ptxas info    : (C7517) warpgroup.wait is injected in around line 60 by compiler to allow "
      "use of registers defined by GMMA in function 'jitgemm_kernel'";
  const std::string serialised =
      "ptxas info    : (C7515) Potential Performance Loss: wgmma.mma_async instructions are "
      "serialized due to non wgmma instructions defining accumulator registers of a wgmma between "
      "start and end of the pipeline stage in the function 'jitgemm_kernel'";
  const PtxasReport report = parse_ptxas_log(
      ignored + "\n" + injected + "\n" + serialised +
      "\n"
      "ptxas info    : 0 bytes gmem\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 30 registers\n");
  EXPECT_THAT(report.warnings, ElementsAre(ignored, injected, serialised));
  EXPECT_EQ(report.registers, 30);
  EXPECT_FALSE(report.clean());
}

TEST(PtxasLogTest, AWarningOfTheFrontEndIsOneWarning) {
  const PtxasReport report = parse_ptxas_log(
      "jitgemm_kernel.cu(1): warning #177-D: variable \"unused\" was declared but never "
      "referenced\n"
      "  extern \"C\" __global__ void jitgemm_kernel(float* p) { int unused; }\n"
      "                                                            ^\n"
      "\n"
      "Remark: The warnings can be suppressed with \"-diag-suppress <warning-number>\"\n"
      "\n"
      "ptxas info    : Used 8 registers, used 0 barriers\n");
  ASSERT_THAT(report.warnings, SizeIs(1));
  EXPECT_THAT(report.warnings[0], HasSubstr("#177-D"));
}

}  // namespace
}  // namespace jitgemm::compile
