// Logs as NVRTC 12.4, 13.0 and 13.5 wrote them with --ptxas-options=-v.

#include "src/compile/ptxas_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jitgemm::compile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PtxasLogTest, ReadsACleanKernel) {
  const PtxasReport report = parse_ptxas_log(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'jitgemm_kernel' for 'sm_90a'\n"
      "ptxas info    : Function properties for jitgemm_kernel\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 30 registers, used 0 barriers\n"
      "ptxas info    : Compile time = 18.211 ms\n");
  EXPECT_EQ(report.registers, 30);
  EXPECT_EQ(report.stack_bytes, 0);
  EXPECT_TRUE(report.clean());
}

TEST(PtxasLogTest, SpillsAreNotClean) {
  const PtxasReport report = parse_ptxas_log(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'jitgemm_kernel' for 'sm_90a'\n"
      "ptxas info    : Function properties for jitgemm_kernel\n"
      "ptxas         .     688 bytes stack frame, 1368 bytes spill stores, 1392 bytes spill loads\n"
      "ptxas info    : Used 64 registers, used 0 barriers, 688 bytes cumulative stack size\n"
      "ptxas info    : Compile time = 159.637 ms\n");
  EXPECT_EQ(report.registers, 64);
  EXPECT_EQ(report.stack_bytes, 688);
  EXPECT_EQ(report.spill_store_bytes, 1368);
  EXPECT_EQ(report.spill_load_bytes, 1392);
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_FALSE(report.clean());
}

// An array whose index only the launch knows: sums of a cluster's block, picked by its rank.
TEST(PtxasLogTest, AStackWithoutASpillIsNotClean) {
  const PtxasReport report = parse_ptxas_log(
      "ptxas info    : Function properties for jitgemm_kernel\n"
      "ptxas         .     32 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 34 registers, used 1 barriers, 32 bytes cumulative stack size\n");
  EXPECT_EQ(report.stack_bytes, 32);
  EXPECT_FALSE(report.clean());
}

TEST(PtxasLogTest, SpillsOfAllFunctionsAreSummed) {
  const PtxasReport report = parse_ptxas_log(
      "ptxas info    : Compiling entry function 'jitgemm_kernel' for 'sm_90a'\n"
      "ptxas info    : Function properties for jitgemm_kernel\n"
      "ptxas         .     128 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n"
      "ptxas info    : Used 32 registers, 128 bytes cumulative stack size\n"
      "ptxas info    : Function properties for _Z6helperPKfi\n"
      "ptxas         .     16 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads");
  EXPECT_EQ(report.registers, 32);
  EXPECT_EQ(report.stack_bytes, 128);
  EXPECT_EQ(report.spill_store_bytes, 12);
  EXPECT_EQ(report.spill_load_bytes, 16);
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

TEST(PtxasLogTest, AnEmptyLogSaysNothing) {
  for (const char* log : {"", "\n", "\n\n", " registers", " bytes spill stores\n"}) {
    const PtxasReport report = parse_ptxas_log(log);
    EXPECT_EQ(report.registers, 0);
    EXPECT_TRUE(report.clean()) << log;
  }
}

}  // namespace
}  // namespace jitgemm::compile
