// What the driver is given for a quantiser.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "src/codegen/source.h"
#include "src/device/loaded_kernel.h"
#include "src/plan/quantizer.h"
#include "tests/message.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

class QuantizerLaunchTest : public ::testing::Test {
 protected:
  stub_launch launch(const QuantizeDesc& desc, const QuantizeArgs& args) {
    auto opened = Driver::open(StubDriver::path());
    EXPECT_TRUE(opened.ok()) << message(opened.status());
    const auto kernel = LoadedKernel::load(*opened, codegen::generate(desc).text, desc);
    EXPECT_TRUE(kernel.ok()) << message(kernel.status());
    const auto completed = plan::complete(desc, args);
    EXPECT_TRUE(completed.ok()) << message(completed.status());
    const plan::Quantization quantization{desc, *completed};
    EXPECT_EQ(message((*kernel)->launch(quantization, nullptr, 132)), "");
    return stub.launches().at(0);
  }

  static void* address(uintptr_t value) { return reinterpret_cast<void*>(value); }

  StubDriver stub;
};

TEST_F(QuantizerLaunchTest, MnMajorScalesHaveTheirStridesAndPads) {
  const stub_launch launched =
      launch({.k = 400}, {.m = 9,
                          .x = address(0x10000),
                          .ldx = 408,
                          .q = address(0x20000),
                          .ldq = 416,
                          .scale = ScaleOutput::mn_major(address(0x30000), 16),
                          .pdl = true});
  const QuantizeParams& p = launched.quantize;
  EXPECT_TRUE(launched.quantizer);
  EXPECT_TRUE(launched.pdl);
  EXPECT_EQ(launched.grid, (std::array<unsigned, 3>{2, 1, 1}));  // 2 x 4 warps
  EXPECT_EQ(launched.block, (std::array<unsigned, 3>{128, 1, 1}));
  EXPECT_EQ(p.x, address(0x10000));
  EXPECT_EQ(p.ldx, 408);
  EXPECT_EQ(p.q, address(0x20000));
  EXPECT_EQ(p.ldq, 416);
  EXPECT_EQ(p.scales, address(0x30000));
  EXPECT_EQ(p.row_stride, 1);
  EXPECT_EQ(p.block_stride, 16);
  EXPECT_EQ(p.m, 9);
  EXPECT_EQ(p.scale_tokens, 12);
}

TEST_F(QuantizerLaunchTest, ANormHasItsOperandsAndKMajorScalesHaveNoPads) {
  const stub_launch launched = launch({.op = QuantizeOp::kRmsNorm, .k = 7168, .residual = true},
                                      {.m = 9,
                                       .x = address(0x10000),
                                       .q = address(0x20000),
                                       .scale = ScaleOutput::k_major(address(0x30000), 60),
                                       .weight = address(0x40000),
                                       .epsilon = 0.5f,
                                       .residual = address(0x50000),
                                       .ldr = 7176,
                                       .y = address(0x60000),
                                       .ldy = 7184});
  const QuantizeParams& p = launched.quantize;
  EXPECT_FALSE(launched.pdl);
  EXPECT_EQ(launched.grid[0], 9u);
  EXPECT_EQ(launched.block[0], 448u);
  EXPECT_EQ(p.row_stride, 60);
  EXPECT_EQ(p.block_stride, 1);
  EXPECT_EQ(p.scale_tokens, 9);
  EXPECT_EQ(p.epsilon, 0.5f);
  EXPECT_EQ(p.weight, address(0x40000));
  EXPECT_EQ(p.residual, address(0x50000));
  EXPECT_EQ(p.ldr, 7176);
  EXPECT_EQ(p.y, address(0x60000));
  EXPECT_EQ(p.ldy, 7184);
}

}  // namespace
}  // namespace jitgemm::device
