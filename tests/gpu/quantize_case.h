// One launch of a quantiser with data of the host, for the tests of quantisers.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "tests/gpu/gpu_test.h"
#include "tests/gpu/quantize_reference.h"
#include "tools/harness/buffer.h"

namespace jitgemm {

class GpuQuantizeTest : public GpuTest {
 protected:
  struct Shape {
    int64_t m = 1;
    ScaleLayout layout = ScaleLayout::kMnMajor;
    int64_t x_gap = 0, q_gap = 0, scale_gap = 0;  // elements between the rows
    bool pdl = false;
  };
  // The other operands of rms_norm: [k] and [m][k].
  struct Norm {
    std::vector<uint16_t> weight = {};
    std::vector<float> fp32_weight = {};  // in place of `weight`, if not empty
    std::vector<uint16_t> residual = {};  // replaced by the sum
    bool wants_y = false;
    std::vector<uint16_t> y = {};
    float epsilon = 1e-6f;
  };

  void SetUp() override;

  const Library& library() const { return *library_; }

  // Launches once and checks that memory outside q and scales keeps what it held and that pad
  // columns are 0. x: the bits of [m][width], row after row, in elements of T.
  template <typename T>
  Quantized run(const QuantizeDesc& desc, const Shape& shape, const std::vector<T>& x,
                Norm* norm = nullptr) {
    const int64_t width = static_cast<int64_t>(x.size()) / shape.m;
    return launch(desc, shape, upload(x, width, width + shape.x_gap), width + shape.x_gap, norm);
  }

  // The rows of `x`, each followed by NaNs up to `ld` elements.
  template <typename T>
  harness::Buffer upload(const std::vector<T>& x, int64_t width, int64_t ld) {
    const int64_t rows = static_cast<int64_t>(x.size()) / width;
    std::vector<T> padded(static_cast<size_t>(rows * ld));
    std::memset(static_cast<void*>(padded.data()), 0xff, padded.size() * sizeof(T));
    for (int64_t row = 0; row < rows; ++row)
      std::memcpy(&padded[static_cast<size_t>(row * ld)], &x[static_cast<size_t>(row * width)],
                  static_cast<size_t>(width) * sizeof(T));
    harness::Buffer buffer = allocate(padded.size() * sizeof(T));
    EXPECT_TRUE(bench().write(padded.data(), buffer, padded.size() * sizeof(T)).ok());
    return buffer;
  }

  template <typename T>
  std::vector<T> download(const harness::Buffer& buffer, size_t count) {
    std::vector<T> values(count);
    EXPECT_TRUE(bench().read(buffer, values.data(), count * sizeof(T)).ok());
    return values;
  }

  harness::Buffer allocate(size_t bytes, uint8_t filler = 0xff);

  // Groups of 128 of a common magnitude from 2^-30 to 2^30, values within 2^12 of it, any mantissa.
  std::vector<float> random_values(size_t count, int least_exponent = -30, int most_exponent = 30);
  std::vector<uint16_t> random_bf16(size_t count);

  std::minstd_rand random;

 private:
  Quantized launch(const QuantizeDesc& desc, const Shape& shape, const harness::Buffer& x,
                   int64_t ldx, Norm* norm);

  std::optional<Library> library_;
};

std::vector<float> widened(const std::vector<uint16_t>& bf16);

}  // namespace jitgemm
