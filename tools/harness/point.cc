#include "tools/harness/point.h"

#include <algorithm>
#include <utility>

namespace jitgemm::harness {

constexpr int kTokenCopies = 8;  // the most copies of activations and outputs

Result<Point> Point::prepare(const Workbench& bench, const Weights& weights, int64_t m,
                             ScaleLayout scale_layout) {
  const GemmDesc& desc = weights.desc();
  const int64_t rows = (m + 3) / 4 * 4;
  const int copies = std::min(weights.copies(), kTokenCopies);
  Result<Activations> activations =
      Activations::generate(bench, {.rows = rows, .k = desc.k, .copies = copies});
  if (!activations.ok()) return activations.status();
  Result<Outputs> outputs = Outputs::allocate(bench, {.rows = rows, .n = desc.n, .copies = copies});
  if (!outputs.ok()) return outputs.status();
  Result<Reference> reference = Reference::compute(bench, weights, *activations);
  if (!reference.ok()) return reference.status();

  Point point;
  point.weights_ = &weights;
  point.m_ = m;
  point.scale_layout_ = scale_layout;
  point.activations_ = *std::move(activations);
  point.outputs_ = *std::move(outputs);
  point.reference_ = *std::move(reference);
  return point;
}

Operands Point::operands() const {
  return {.weights = *weights_,
          .activations = activations_,
          .outputs = outputs_,
          .m = m_,
          .scale_layout = scale_layout_};
}

Operands Point::padded_operands() const {
  Operands padded = operands();
  padded.m = activations_.rows();
  return padded;
}

double Point::flops() const {
  return 2.0 * static_cast<double>(m_) * static_cast<double>(weights_->bytes());
}

double Point::bytes() const {
  const double m = static_cast<double>(m_), n = static_cast<double>(weights_->desc().n),
               k = static_cast<double>(weights_->desc().k);
  const double scales = sizeof(float) * (m * k / kScaleBlock + n * k / (kScaleBlock * kScaleBlock));
  return n * k + m * k + sizeof(uint16_t) * m * n + scales;
}

Result<Check> Point::check(const Workbench& bench, const Launch& launch) const {
  return launch_and_check(bench, reference_, operands(), launch);
}

Result<Chain> Point::chain(const Workbench& bench, const Launch& launch, int min_launches) const {
  return Chain::capture(bench, launches_over(weights_->copies(), min_launches),
                        [&](int i, CUstream stream) { return launch(operands().args(i), stream); });
}

Result<Chain> floor_chain(const Workbench& bench, const Weights& weights, bool pdl) {
  return Chain::capture(bench, launches_over(weights.copies()), [&](int i, CUstream stream) {
    return bench.kernels.read_only(
        {.data = weights.matrix(i % weights.copies()).data, .bytes = weights.bytes(), .pdl = pdl},
        stream);
  });
}

}  // namespace jitgemm::harness
