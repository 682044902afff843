#include "tools/harness/check.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <utility>

namespace jitgemm::harness {
namespace {

constexpr float kOfValue = 0x1p-8f;       // half a bf16 ulp
constexpr float kOfMagnitude = 0x1p-10f;  // the tensor core's; see check.h

// A buffer of zeros to count in.
Result<Buffer> zeros(const Workbench& bench, size_t bytes) {
  Result<Buffer> buffer = bench.allocate(bytes);
  if (!buffer.ok()) return buffer;
  if (Status status = buffer->fill(0, bench.stream.get()); !status.ok()) return status;
  return buffer;
}

}  // namespace

Result<Reference> Reference::compute(const Workbench& bench, const Weights& weights,
                                     const Activations& activations) {
  const size_t bytes = static_cast<size_t>(activations.rows() * weights.desc().n) * sizeof(float);
  Result<Buffer> sum = bench.allocate(bytes);
  if (!sum.ok()) return sum.status();
  Result<Buffer> magnitude = bench.allocate(bytes);
  if (!magnitude.ok()) return magnitude.status();
  Status status = bench.kernels.reference({.a = activations.matrix(0),
                                           .a_scales = activations.scales(0, ScaleLayout::kKMajor),
                                           .b = weights.matrix(0),
                                           .b_scales = weights.scales(0),
                                           .sum = sum->at<float>(),
                                           .magnitude = magnitude->at<float>()},
                                          bench.stream.get());
  if (!status.ok()) return status;
  Reference reference;
  reference.sum_ = *std::move(sum);
  reference.magnitude_ = *std::move(magnitude);
  return reference;
}

std::string Check::failure() const {
  if (unwritten) return fmt::format("{} elements of D were not written", unwritten);
  if (touched) return fmt::format("{} elements around D were overwritten", touched);
  if (!(relative_error <= kMaxRelativeError))
    return fmt::format("relative error {:.3g} is above {:.3g}", relative_error, kMaxRelativeError);
  if (!(worst_share <= 1))
    return fmt::format("D[{}][{}] is wrong by {:.3g} times its bound", worst_row, worst_column,
                       worst_share);
  return {};
}

Result<Check> compare(const Workbench& bench, const Reference& reference, const Outputs& outputs,
                      int64_t m) {
  Result<Buffer> counted = zeros(bench, sizeof(Tally));
  if (!counted.ok()) return counted.status();
  const Region d = outputs.region(0, m);
  Status status = bench.kernels.compare({.d = d,
                                         .sum = reference.sum(),
                                         .magnitude = reference.magnitude(),
                                         .of_value = kOfValue,
                                         .of_magnitude = kOfMagnitude,
                                         .tally = counted->at<Tally>()},
                                        bench.stream.get());
  Tally tally;
  if (status.ok()) status = bench.read(*counted, &tally, sizeof tally);
  if (!status.ok()) return status;

  const int64_t worst = static_cast<uint32_t>(tally.worst);
  return Check{.relative_error = std::sqrt(tally.error2 / tally.reference2),
               .worst_share = std::bit_cast<float>(static_cast<uint32_t>(tally.worst >> 32)),
               .worst_row = worst / d.n,
               .worst_column = worst % d.n,
               .unwritten = tally.unwritten,
               .touched = tally.touched};
}

Result<Check> launch_and_check(const Workbench& bench, const Reference& reference,
                               const Operands& operands, const Launch& launch) {
  Status status = operands.outputs.poison(bench, 0);
  if (status.ok()) status = launch(operands.args(0), bench.stream.get());
  if (!status.ok()) return status;
  return compare(bench, reference, operands.outputs, operands.m);
}

Result<uint64_t> count_differences(const Workbench& bench, const Outputs& x, int x_copy,
                                   const Outputs& y, int y_copy) {
  Result<Buffer> counted = zeros(bench, sizeof(uint64_t));
  if (!counted.ok()) return counted.status();
  Status status = bench.kernels.count_differences(x.region(x_copy, 0), y.region(y_copy, 0),
                                                  counted->at<uint64_t>(), bench.stream.get());
  uint64_t count = 0;
  if (status.ok()) status = bench.read(*counted, &count, sizeof count);
  if (!status.ok()) return status;
  return count;
}

}  // namespace jitgemm::harness
