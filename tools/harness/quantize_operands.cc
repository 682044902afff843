#include "tools/harness/quantize_operands.h"

namespace jitgemm::harness {
namespace {

int64_t k_blocks(const QuantizeDesc& desc) { return (desc.k + kScaleBlock - 1) / kScaleBlock; }

bool has_gate(const QuantizeDesc& desc) {
  return desc.op == QuantizeOp::kSiluMul || desc.op == QuantizeOp::kGeluMul;
}

// Of a row of x, in units of bf16.
int64_t words_of_row(const QuantizeDesc& desc) {
  return desc.k * (has_gate(desc) || desc.x_type == ElementType::kFp32 ? 2 : 1);
}

Status fill(const Workbench& bench, const Copies<uint16_t>& array, int copies, int64_t count) {
  Status status;
  for (int copy = 0; status.ok() && copy < copies; ++copy)
    status = bench.kernels.fill_normal(
        {.to = array.at(copy), .count = count, .seed = static_cast<uint32_t>(copy) + 1},
        bench.stream.get());
  return status;
}

}  // namespace

Result<QuantizeOperands> QuantizeOperands::generate(const Workbench& bench, const Layout& layout) {
  QuantizeOperands o;
  o.layout_ = layout;
  const auto& [desc, m, scales, copies] = layout;
  const int64_t scale_count = k_blocks(desc) * ((m + 3) / 4 * 4);
  // Other operators read no residual: it has one row.
  const int64_t residuals = desc.residual ? m * desc.k : desc.k;
  Status status = o.x_.allocate(bench, copies, m * words_of_row(desc), 0);
  if (status.ok()) status = o.residual_.allocate(bench, copies, residuals, 0);
  if (status.ok()) status = o.weight_.allocate(bench, copies, 2 * desc.k, 0);
  if (status.ok()) status = o.q_.allocate(bench, copies, m * desc.k, 0xff);
  if (status.ok()) status = o.scales_.allocate(bench, copies, scale_count, 0xff);
  if (status.ok()) status = fill(bench, o.x_, copies, m * words_of_row(desc));
  if (status.ok()) status = fill(bench, o.residual_, copies, residuals);
  if (status.ok()) status = fill(bench, o.weight_, copies, 2 * desc.k);
  if (!status.ok()) return status;
  return o;
}

QuantizeArgs QuantizeOperands::args(int launch) const {
  const auto& [desc, m, scales, copies] = layout_;
  const int copy = launch % copies;
  const bool norm = desc.op == QuantizeOp::kRmsNorm;
  return {.m = m,
          .x = x_.at(copy),
          .q = q_.at(copy),
          .scale = scales == ScaleLayout::kMnMajor
                       ? ScaleOutput::mn_major(scales_.at(copy), (m + 3) / 4 * 4)
                       : ScaleOutput::k_major(scales_.at(copy)),
          .weight = norm ? weight_.at(copy) : nullptr,
          .residual = desc.residual ? residual_.at(copy) : nullptr};
}

double QuantizeOperands::bytes(const QuantizeDesc& desc, int64_t m) {
  const int64_t row =
      2 * words_of_row(desc) + desc.k + 4 * k_blocks(desc) + (desc.residual ? 4 * desc.k : 0);
  return static_cast<double>(m * row);
}

}  // namespace jitgemm::harness
