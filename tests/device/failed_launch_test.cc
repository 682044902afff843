// The normal form has more tensor maps than the swapped one; each may fail.
#include <gtest/gtest.h>

#include "src/device/loaded_kernel.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

constexpr int kSms = 132;
const plan::KernelConfig kConfig = {.form = Form::kNormal,
                                    .n = 2112,
                                    .k = 7168,
                                    .tile_m = 128,
                                    .tile_n = 128,
                                    .stages = 2,
                                    .warpgroups = 2};

TEST(NormalLaunchTest, AMatrixThatCannotBeDescribedIsNotLaunched) {
  StubDriver stub;
  auto driver = Driver::open(StubDriver::path());
  ASSERT_TRUE(driver.ok());
  auto kernel = LoadedKernel::load(*driver, "a cubin", kConfig);
  ASSERT_TRUE(kernel.ok());
  const GemmArgs args{.m = 64,
                      .a = reinterpret_cast<void*>(0x10000),
                      .lda = 7168,
                      .a_scale = AScale::mn_major(reinterpret_cast<void*>(0x20000), 64),
                      .b = reinterpret_cast<void*>(0x30000),
                      .ldb = 7168,
                      .b_scale = reinterpret_cast<void*>(0x40000),
                      .d = reinterpret_cast<void*>(0x50000),
                      .ldd = 2112};
  for (int map : {3, 4}) {  // D, A's scales
    stub.fail_once("cuTensorMapEncodeTiled", CUDA_ERROR_INVALID_VALUE, map);
    const Status status = (*kernel)->launch({{.n = 2112, .k = 7168}, args}, nullptr, kSms);
    EXPECT_EQ(status.message(),
              "cuTensorMapEncodeTiled failed: CUDA_ERROR_INVALID_VALUE (invalid argument)");
  }
  EXPECT_TRUE(stub.launches().empty());
}

}  // namespace
}  // namespace jitgemm::device
