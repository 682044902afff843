#include "tools/harness/operands.h"

#include <utility>

namespace jitgemm::harness {
namespace {

constexpr uint8_t kPoison = 0xff;       // in every byte: NaN in e4m3, fp32 and bf16
constexpr int64_t kGuard = 4096;        // guard elements before and after D
constexpr uint32_t kWeightSeed = 1000;  // differs from the seeds of activations

int64_t k_blocks(int64_t k) { return (k + kScaleBlock - 1) / kScaleBlock; }
int64_t up_to(int64_t multiple, int64_t x) { return (x + multiple - 1) / multiple * multiple; }

}  // namespace

Result<Weights> Weights::generate(const Workbench& bench, const GemmDesc& desc, int copies,
                                  int64_t ldb) {
  Weights w;
  w.desc_ = desc;
  w.copies_ = copies;
  w.ldb_ = ldb ? ldb : desc.k;
  const int64_t row_blocks = k_blocks(desc.n), blocks = k_blocks(desc.k);
  Status status = w.data_.allocate(bench, copies, desc.n * w.ldb_, kPoison);
  if (status.ok()) status = w.scales_.allocate(bench, copies, row_blocks * blocks, kPoison);
  if (status.ok())
    status = w.padded_scales_.allocate(bench, copies, row_blocks * up_to(4, blocks), 0);
  for (int copy = 0; status.ok() && copy < copies; ++copy)
    status = bench.kernels.quantise({.matrix = w.matrix(copy),
                                     .block_rows = kScaleBlock,
                                     .seed = kWeightSeed + static_cast<uint32_t>(copy),
                                     .scales = w.scales(copy),
                                     .twin = w.padded_scales(copy)},
                                    bench.stream.get());
  if (!status.ok()) return status;
  return w;
}

Matrix Weights::matrix(int copy) const {
  return {.data = data_.at(copy), .rows = desc_.n, .k = desc_.k, .ld = ldb_};
}

Scales Weights::scales(int copy) const { return {scales_.at(copy), k_blocks(desc_.k), 1}; }

Scales Weights::padded_scales(int copy) const {
  return {padded_scales_.at(copy), up_to(4, k_blocks(desc_.k)), 1};
}

Result<Activations> Activations::generate(const Workbench& bench, const Layout& layout,
                                          uint32_t seed) {
  Activations activations;
  Layout& l = activations.layout_ = layout;
  if (l.lda == 0) l.lda = l.k;
  if (l.scale_ld == 0) l.scale_ld = up_to(4, l.rows);
  const int64_t blocks = k_blocks(l.k);
  Status status = activations.data_.allocate(bench, l.copies, l.rows * l.lda, kPoison);
  if (status.ok())
    status = activations.mn_major_.allocate(bench, l.copies, blocks * l.scale_ld, kPoison);
  if (status.ok())
    status = activations.k_major_.allocate(bench, l.copies, l.rows * blocks, kPoison);
  if (status.ok()) status = activations.regenerate(bench, seed);
  if (!status.ok()) return status;
  return activations;
}

Status Activations::regenerate(const Workbench& bench, uint32_t seed) const {
  Status status;
  for (int copy = 0; status.ok() && copy < copies(); ++copy)
    status = bench.kernels.quantise({.matrix = matrix(copy),
                                     .block_rows = 1,
                                     .seed = seed + static_cast<uint32_t>(copy),
                                     .scales = scales(copy, ScaleLayout::kMnMajor),
                                     .twin = scales(copy, ScaleLayout::kKMajor)},
                                    bench.stream.get());
  return status;
}

Matrix Activations::matrix(int copy) const {
  return {.data = data_.at(copy), .rows = layout_.rows, .k = layout_.k, .ld = layout_.lda};
}

Scales Activations::scales(int copy, ScaleLayout layout) const {
  if (layout == ScaleLayout::kMnMajor) return {mn_major_.at(copy), 1, layout_.scale_ld};
  return {k_major_.at(copy), k_blocks(layout_.k), 1};
}

Result<Outputs> Outputs::allocate(const Workbench& bench, const Layout& layout) {
  Outputs outputs;
  outputs.layout_ = layout;
  if (layout.ldd == 0) outputs.layout_.ldd = layout.n;
  Status status = outputs.data_.allocate(bench, layout.copies, outputs.elements(), kPoison);
  if (!status.ok()) return status;
  return outputs;
}

int64_t Outputs::elements() const { return up_to(256, 2 * kGuard + layout_.rows * layout_.ldd); }

Status Outputs::poison(const Workbench& bench, int copy) const {
  return bench.gpu->check(
      bench.gpu->driver().cuMemsetD8Async(reinterpret_cast<CUdeviceptr>(data_.at(copy)), kPoison,
                                          static_cast<size_t>(elements()) * sizeof(uint16_t),
                                          bench.stream.get()),
      "cuMemsetD8Async");
}

Region Outputs::region(int copy, int64_t m) const {
  return {.memory = data_.at(copy),
          .elements = elements(),
          .first = kGuard,
          .ldd = layout_.ldd,
          .m = m,
          .n = layout_.n};
}

GemmArgs Operands::args(int launch) const {
  const int token_copy = launch % activations.copies();
  const Matrix a = activations.matrix(token_copy);
  const Scales a_scale = activations.scales(token_copy, scale_layout);
  const Matrix b = weights.matrix(launch % weights.copies());
  const Region d = outputs.region(launch % outputs.copies(), m);
  const bool mn_major = scale_layout == ScaleLayout::kMnMajor;
  return {.m = m,
          .a = a.data,
          .lda = a.ld,
          .a_scale = mn_major ? AScale::mn_major(a_scale.base, a_scale.block_stride)
                              : AScale::k_major(a_scale.base, a_scale.row_stride),
          .b = b.data,
          .ldb = b.ld,
          .b_scale = weights.scales(launch % weights.copies()).base,
          .d = const_cast<uint16_t*>(d.memory + d.first),
          .ldd = d.ldd};
}

}  // namespace jitgemm::harness
