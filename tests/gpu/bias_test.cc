// The bias epilogue of both forms: D = bf16(sum + bias), against the fp32 reference plus the bias.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/gpu/small_gemm.h"

namespace jitgemm {
namespace {

float from_bf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

class GpuBiasTest : public SmallGemmTest {
 protected:
  template <typename T>
  std::vector<T> read(const void* device, size_t count) const {
    std::vector<T> host(count);
    const auto& gpu = *bench().gpu;
    EXPECT_EQ(gpu.driver().cuMemcpyDtoHAsync_v2(host.data(), reinterpret_cast<CUdeviceptr>(device),
                                                count * sizeof(T), bench().stream.get()),
              CUDA_SUCCESS);
    EXPECT_TRUE(bench().stream.synchronize().ok());
    return host;
  }

  // A bias as large as the sums: the reference's first row, or the first row of D in bf16.
  void make_bias(const GemmDesc& desc) {
    const auto n = static_cast<size_t>(desc.n);
    bias_ = reference().sum();
    values_ = read<float>(bias_, n);
    if (desc.bias == BiasType::kFp32) return;
    const GemmArgs args = operands(1).args(1);
    JITGEMM_ASSERT_OK_STATUS(gemm().launch(args, bench().stream.get()));
    bias_ = args.d;
    values_.clear();
    for (uint16_t bits : read<uint16_t>(bias_, n)) values_.push_back(from_bf16(bits));
  }

  // D of one launch.
  std::vector<uint16_t> launch(const Gemm& gemm, int64_t m, const void* bias) {
    GemmArgs args = operands(m).args(0);
    args.bias = bias;
    EXPECT_TRUE(outputs().poison(bench(), 0).ok());
    const Status status = gemm.launch(args, bench().stream.get());
    EXPECT_TRUE(status.ok()) << status.message();
    return read<uint16_t>(args.d, static_cast<size_t>(m * gemm.desc().n));
  }

  void expect_sum_and_bias(const std::vector<uint16_t>& d, int64_t n) {
    const auto sum = read<float>(reference().sum(), d.size());
    const auto magnitude = read<float>(reference().magnitude(), d.size());
    for (size_t i = 0; i < d.size(); ++i) {
      const float wanted = sum[i] + values_[i % static_cast<size_t>(n)];
      ASSERT_LE(std::abs(from_bf16(d[i]) - wanted),
                std::ldexp(std::abs(wanted), -8) + std::ldexp(magnitude[i], -10))
          << "token " << i / n << ", output " << i % n;
    }
  }

  const void* bias() const { return bias_; }

 private:
  std::vector<float> values_;
  const void* bias_ = nullptr;
};

TEST_F(GpuBiasTest, IsAddedToEverySum) {
  for (GemmDesc desc : {GemmDesc{.n = 576, .k = 7168}, GemmDesc{.n = 2112, .k = 1536},
                        GemmDesc{.n = 1000, .k = 400}, GemmDesc{.n = 8, .k = 2048}})
    for (BiasType type : {BiasType::kBf16, BiasType::kFp32})
      for (Form form : {Form::kSwapped, Form::kNormal}) {
        desc.bias = type;
        make({.desc = desc, .rows = 129, .form = form, .output_copies = 2});
        if (HasFatalFailure()) return;
        make_bias(desc);
        if (HasFatalFailure()) return;
        for (int64_t m : {1, 7, 16, 64, 65, 128, 129}) {
          SCOPED_TRACE(fmt::format("m = {}: {}", m, gemm().kernel_name(m)));
          expect_sum_and_bias(launch(gemm(), m, bias()), desc.n);
          if (HasFatalFailure()) return;
        }
      }
}

TEST_F(GpuBiasTest, OfNullGivesTheBitsOfNone) {
  const GemmDesc desc{.n = 2112, .k = 1536, .bias = BiasType::kFp32};
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    make({.desc = desc, .rows = 129, .form = form});
    if (HasFatalFailure()) return;
    const Gemm with_bias = gemm();
    std::vector<std::vector<uint16_t>> null;
    for (int64_t m : {7, 64, 129}) null.push_back(launch(with_bias, m, nullptr));
    make({.desc = {.n = desc.n, .k = desc.k}, .rows = 129, .form = form});
    size_t i = 0;
    for (int64_t m : {7, 64, 129}) EXPECT_EQ(launch(gemm(), m, nullptr), null[i++]) << m;
  }
}

}  // namespace
}  // namespace jitgemm
