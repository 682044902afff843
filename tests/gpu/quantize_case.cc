#include "tests/gpu/quantize_case.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace jitgemm {
namespace {

constexpr size_t kGuard = 256;  // bytes after q and scales

size_t bytes_of(const std::vector<uint16_t>& values) { return values.size() * sizeof(uint16_t); }

// Where an output stands, and what is not to be written in it.
struct Rows {
  int64_t rows, width, ld;
};

template <typename T>
std::vector<T> taken(const std::vector<T>& memory, const Rows& rows) {
  std::vector<T> values;
  size_t touched = 0;
  for (size_t i = 0; i < memory.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / rows.ld,
                  column = static_cast<int64_t>(i) % rows.ld;
    uint8_t bytes[sizeof(T)];
    std::memcpy(bytes, &memory[i], sizeof(T));
    if (row < rows.rows && column < rows.width)
      values.push_back(memory[i]);
    else
      touched += std::ranges::any_of(bytes, [](uint8_t byte) { return byte != 0xff; });
  }
  EXPECT_EQ(touched, 0u) << "elements outside the output were written";
  return values;
}

// [k-block][m rounded up] to [m][k-block]; the pad columns are 0.
std::vector<float> transposed(const std::vector<float>& scales, int64_t m) {
  const int64_t padded = (m + 3) / 4 * 4, blocks = static_cast<int64_t>(scales.size()) / padded;
  std::vector<float> result(static_cast<size_t>(m * blocks));
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t token = 0; token < padded; ++token) {
      const float scale = scales[static_cast<size_t>(block * padded + token)];
      if (token < m)
        result[static_cast<size_t>(token * blocks + block)] = scale;
      else
        EXPECT_EQ(std::bit_cast<uint32_t>(scale), 0u) << "pad column of token " << token;
    }
  return result;
}

}  // namespace

void GpuQuantizeTest::SetUp() {
  GpuTest::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  Result<Library> library = Library::open(test_options(Form::kAuto));
  JITGEMM_ASSERT_OK(library);
  library_.emplace(*std::move(library));
}

harness::Buffer GpuQuantizeTest::allocate(size_t bytes, uint8_t filler) {
  Result<harness::Buffer> buffer = bench().allocate(bytes);
  EXPECT_TRUE(buffer.ok()) << buffer.status().message();
  EXPECT_TRUE(buffer->fill(filler, bench().stream.get()).ok());
  return *std::move(buffer);
}

Quantized GpuQuantizeTest::launch(const QuantizeDesc& desc, const Shape& shape,
                                  const harness::Buffer& x, int64_t ldx, Norm* norm) {
  const Result<Quantizer> quantizer = library().quantizer(desc);
  EXPECT_TRUE(quantizer.ok()) << quantizer.status().message();
  if (!quantizer.ok()) return {};
  const int64_t m = shape.m, blocks = (desc.k + 127) / 128, padded = (m + 3) / 4 * 4;
  const bool mn_major = shape.layout == ScaleLayout::kMnMajor;
  const Rows q_rows = {m, desc.k, desc.k + shape.q_gap};
  const Rows scale_rows = mn_major ? Rows{blocks, padded, padded + shape.scale_gap}
                                   : Rows{m, blocks, blocks + shape.scale_gap};
  const size_t q_bytes = static_cast<size_t>(m * q_rows.ld) + kGuard;
  const size_t scale_count = static_cast<size_t>(scale_rows.rows * scale_rows.ld) + kGuard / 4;
  const harness::Buffer q = allocate(q_bytes), scales = allocate(scale_count * sizeof(float));
  QuantizeArgs args{.m = m,
                    .x = x.at(),
                    .ldx = ldx,
                    .q = q.at(),
                    .ldq = q_rows.ld,
                    .scale = mn_major ? ScaleOutput::mn_major(scales.at(), scale_rows.ld)
                                      : ScaleOutput::k_major(scales.at(), scale_rows.ld),
                    .pdl = shape.pdl};
  harness::Buffer weight, residual, y;
  if (norm != nullptr) {
    weight = norm->fp32_weight.empty() ? upload(norm->weight, desc.k, desc.k)
                                       : upload(norm->fp32_weight, desc.k, desc.k);
    args.weight = weight.at();
    args.epsilon = norm->epsilon;
    if (desc.residual) residual = upload(norm->residual, desc.k, desc.k);
    if (desc.residual) args.residual = residual.at();
    if (norm->wants_y) y = allocate(static_cast<size_t>(2 * m * desc.k));
    if (norm->wants_y) args.y = y.at();
  }
  const Status status = quantizer->launch(args, bench().stream.get());
  EXPECT_TRUE(status.ok()) << status.message();
  Quantized result{taken(download<uint8_t>(q, q_bytes), q_rows),
                   taken(download<float>(scales, scale_count), scale_rows)};
  if (mn_major) result.scales = transposed(result.scales, m);
  if (norm != nullptr && desc.residual)
    norm->residual = download<uint16_t>(residual, bytes_of(norm->residual) / 2);
  if (norm != nullptr && norm->wants_y)
    norm->y = download<uint16_t>(y, static_cast<size_t>(m * desc.k));
  return result;
}

std::vector<float> GpuQuantizeTest::random_values(size_t count, int least_exponent,
                                                  int most_exponent) {
  std::vector<float> values(count);
  int magnitude = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bits = static_cast<uint64_t>(random()) << 31 ^ random();
    if (i % 128 == 0)
      magnitude = least_exponent +
                  static_cast<int>((bits >> 40) %
                                   static_cast<uint64_t>(most_exponent - least_exponent + 1));
    const int exponent = std::max(magnitude - static_cast<int>((bits >> 33) % 12), least_exponent);
    values[i] = std::bit_cast<float>(static_cast<uint32_t>(bits & 1) << 31 |
                                     static_cast<uint32_t>(exponent + 127) << 23 |
                                     static_cast<uint32_t>(bits >> 8 & 0x7fffff));
  }
  return values;
}

std::vector<uint16_t> GpuQuantizeTest::random_bf16(size_t count) {
  std::vector<uint16_t> bits;
  bits.reserve(count);
  for (float value : random_values(count)) bits.push_back(to_bf16(value));
  return bits;
}

std::vector<float> widened(const std::vector<uint16_t>& bf16) {
  std::vector<float> values;
  values.reserve(bf16.size());
  for (uint16_t bits : bf16) values.push_back(from_bf16(bits));
  return values;
}

}  // namespace jitgemm
