#include "tools/harness/check.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <utility>

namespace jitgemm::harness {
namespace {

// What `enqueue` adds to a T of zeros on the GPU. Waits.
template <typename T, typename Enqueue>
Result<T> counted(const Workbench& bench, Enqueue enqueue) {
  Result<Buffer> buffer = bench.allocate(sizeof(T));
  if (!buffer.ok()) return buffer.status();
  T count{};
  Status status = buffer->fill(0, bench.stream.get());
  if (status.ok()) status = enqueue(buffer->at<T>());
  if (status.ok()) status = bench.read(*buffer, &count, sizeof count);
  if (!status.ok()) return status;
  return count;
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

Result<Check> launch_and_check(const Workbench& bench, const Reference& reference,
                               const Operands& operands, const Launch& launch) {
  const CUstream stream = bench.stream.get();
  Status status = operands.outputs.poison(bench, 0);
  if (status.ok()) status = launch(operands.args(0), stream);
  if (!status.ok()) return status;
  const Region d = operands.outputs.region(0, operands.m);
  const Result<Tally> tally = counted<Tally>(bench, [&](Tally* count) {
    return bench.kernels.compare(
        {.d = d, .sum = reference.sum(), .magnitude = reference.magnitude(), .tally = count},
        stream);
  });
  if (!tally.ok()) return tally.status();

  const int64_t worst = static_cast<uint32_t>(tally->worst);
  return Check{.relative_error = std::sqrt(tally->error2 / tally->reference2),
               .worst_share = std::bit_cast<float>(static_cast<uint32_t>(tally->worst >> 32)),
               .worst_row = worst / d.n,
               .worst_column = worst % d.n,
               .unwritten = tally->unwritten,
               .touched = tally->touched};
}

Result<uint64_t> count_differences(const Workbench& bench, const Outputs& outputs, int copy,
                                   int other) {
  return counted<uint64_t>(bench, [&](uint64_t* count) {
    return bench.kernels.count_differences(outputs.region(copy, 0), outputs.region(other, 0), count,
                                           bench.stream.get());
  });
}

}  // namespace jitgemm::harness
