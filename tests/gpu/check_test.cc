// The check itself is checked: the data is as promised, and every kind of wrong result fails.
#include <algorithm>
#include <vector>

#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

constexpr int64_t kRows = 128;

class GpuCheckTest : public SmallGemmTest {
 protected:
  void SetUp() override {
    SmallGemmTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make({.rows = kRows});
  }

  // The verdict on a launch whose arguments were tampered with.
  std::string failure_of(const GemmArgs& args) {
    const auto check = harness::launch_and_check(
        bench(), reference(), operands(kRows),
        [&](const GemmArgs&, Stream s) { return gemm().launch(args, s); });
    EXPECT_TRUE(check.ok()) << check.status().message();
    return check.ok() ? check->failure() : "";
  }

  // The verdict on a right result of which `bytes` bytes from `offset` of D's memory were set to
  // `value`.
  std::string failure_after_setting(size_t offset, uint8_t value, size_t bytes) {
    const auto launch = [&](const GemmArgs& args, Stream stream) {
      Status status = gemm().launch(args, stream);
      if (!status.ok()) return status;
      return bench().gpu->check(
          bench().gpu->driver().cuMemsetD8Async(
              reinterpret_cast<CUdeviceptr>(outputs().region(0, kRows).memory) + offset, value,
              bytes, static_cast<CUstream>(stream)),
          "cuMemsetD8Async");
    };
    const auto check = harness::launch_and_check(bench(), reference(), operands(kRows), launch);
    EXPECT_TRUE(check.ok()) << check.status().message();
    return check.ok() ? check->failure() : "";
  }

  size_t first_element() const {
    return static_cast<size_t>(outputs().region(0, kRows).first) * sizeof(uint16_t);
  }
};

TEST_F(GpuCheckTest, AcceptsARightResult) { EXPECT_EQ(failure_of(operands(kRows).args(0)), ""); }

TEST_F(GpuCheckTest, CallsKMajorScalesPassedAsMnMajorWrong) {
  GemmArgs args = operands(kRows, ScaleLayout::kKMajor).args(0);
  args.a_scale = AScale::mn_major(args.a_scale.data, kRows);
  EXPECT_NE(failure_of(args), "");
}

TEST_F(GpuCheckTest, CallsMnMajorScalesPassedAsKMajorWrong) {
  GemmArgs args = operands(kRows).args(0);
  args.a_scale = AScale::k_major(args.a_scale.data);
  EXPECT_NE(failure_of(args), "");
}

TEST_F(GpuCheckTest, CallsScalesOfAnotherBlockWrong) {
  GemmArgs args = operands(kRows).args(0);
  args.b_scale = weights().scales(0).base + 1;
  EXPECT_NE(failure_of(args), "");
}

TEST_F(GpuCheckTest, CallsFourZerosInAGoodResultWrong) {
  EXPECT_NE(failure_after_setting(first_element() + 4242, 0, 8), "");
}

TEST_F(GpuCheckTest, CallsAnUnwrittenElementWrong) {
  EXPECT_NE(failure_after_setting(first_element() + 4242, 0xff, 2), "");
}

TEST_F(GpuCheckTest, CallsAWriteBeforeOrAfterDWrong) {
  const size_t bytes = static_cast<size_t>(kRows * weights().desc().n) * sizeof(uint16_t);
  EXPECT_NE(failure_after_setting(first_element() - 2, 0, 2), "");
  EXPECT_NE(failure_after_setting(first_element() + bytes, 0, 2), "");
}

// A spread of less than 2^8 could hide a scale that is taken from elsewhere.
TEST_F(GpuCheckTest, ScalesSpreadOverMoreThan256) {
  const harness::Scales scales = activations().scales(0, ScaleLayout::kKMajor);
  std::vector<float> values(static_cast<size_t>(kRows * scales.row_stride));
  JITGEMM_ASSERT_OK_STATUS(
      bench().gpu->check(bench().gpu->driver().cuMemcpyDtoHAsync_v2(
                             values.data(), reinterpret_cast<CUdeviceptr>(scales.base),
                             values.size() * sizeof(float), bench().stream.get()),
                         "cuMemcpyDtoHAsync"));
  JITGEMM_ASSERT_OK_STATUS(bench().stream.synchronize());
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  EXPECT_GT(*least, 0);
  EXPECT_GT(*most / *least, 256);
}

}  // namespace
}  // namespace jitgemm
