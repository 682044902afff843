#include "tools/harness/operands.h"

#include <utility>

namespace jitgemm::harness {
namespace {

constexpr uint8_t kPoison = 0xff;       // in every byte: NaN in e4m3, fp32 and bf16
constexpr int64_t kGuard = 4096;        // guard elements before and after D
constexpr int64_t kAlignment = 256;     // bytes; of the start of every copy
constexpr uint32_t kWeightSeed = 1000;  // differs from the seeds of activations

int64_t k_blocks(int64_t k) { return (k + kScaleBlock - 1) / kScaleBlock; }
int64_t up_to(int64_t multiple, int64_t x) { return (x + multiple - 1) / multiple * multiple; }

// Bytes from one copy to the next.
int64_t copy_bytes(int64_t rows, int64_t ld, int64_t element_bytes) {
  return up_to(kAlignment, rows * ld * element_bytes);
}

Status allocate_filled(const Workbench& bench, int64_t bytes, uint8_t byte, Buffer* buffer) {
  Result<Buffer> allocated = bench.allocate(static_cast<size_t>(bytes));
  if (!allocated.ok()) return allocated.status();
  *buffer = *std::move(allocated);
  return buffer->fill(byte, bench.stream.get());
}

}  // namespace

Result<Weights> Weights::generate(const Workbench& bench, const GemmDesc& desc, int copies,
                                  int64_t ldb) {
  Weights weights;
  weights.desc_ = desc;
  weights.copies_ = copies;
  weights.ldb_ = ldb ? ldb : desc.k;
  const int64_t row_blocks = k_blocks(desc.n), blocks = k_blocks(desc.k);
  Status status =
      allocate_filled(bench, copies * copy_bytes(desc.n, weights.ldb_, 1), kPoison, &weights.data_);
  if (status.ok())
    status = allocate_filled(bench, copies * copy_bytes(row_blocks, blocks, sizeof(float)), kPoison,
                             &weights.scales_);
  if (status.ok())
    status =
        allocate_filled(bench, copies * copy_bytes(row_blocks, up_to(4, blocks), sizeof(float)), 0,
                        &weights.padded_scales_);
  for (int copy = 0; status.ok() && copy < copies; ++copy)
    status = bench.kernels.quantise({.matrix = weights.matrix(copy),
                                     .block_rows = kScaleBlock,
                                     .seed = kWeightSeed + static_cast<uint32_t>(copy),
                                     .scales = weights.scales(copy),
                                     .twin = weights.padded_scales(copy)},
                                    bench.stream.get());
  if (!status.ok()) return status;
  return weights;
}

Matrix Weights::matrix(int copy) const {
  return {.data = data_.at<uint8_t>(copy * copy_bytes(desc_.n, ldb_, 1)),
          .rows = desc_.n,
          .k = desc_.k,
          .ld = ldb_};
}

Scales Weights::scales(int copy) const {
  const int64_t blocks = k_blocks(desc_.k);
  const int64_t stride = copy_bytes(k_blocks(desc_.n), blocks, sizeof(float));
  return {scales_.at<float>(copy * stride), blocks, 1};
}

Scales Weights::padded_scales(int copy) const {
  const int64_t blocks = up_to(4, k_blocks(desc_.k));
  const int64_t stride = copy_bytes(k_blocks(desc_.n), blocks, sizeof(float));
  return {padded_scales_.at<float>(copy * stride), blocks, 1};
}

Result<Activations> Activations::generate(const Workbench& bench, const Layout& layout,
                                          uint32_t seed) {
  Activations activations;
  Layout& l = activations.layout_ = layout;
  if (l.lda == 0) l.lda = l.k;
  if (l.scale_ld == 0) l.scale_ld = up_to(4, l.rows);
  const int64_t blocks = k_blocks(l.k);
  Status status =
      allocate_filled(bench, l.copies * copy_bytes(l.rows, l.lda, 1), kPoison, &activations.data_);
  if (status.ok())
    status = allocate_filled(bench, l.copies * copy_bytes(blocks, l.scale_ld, sizeof(float)),
                             kPoison, &activations.mn_major_);
  if (status.ok())
    status = allocate_filled(bench, l.copies * copy_bytes(l.rows, blocks, sizeof(float)), kPoison,
                             &activations.k_major_);
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
  return {.data = data_.at<uint8_t>(copy * copy_bytes(layout_.rows, layout_.lda, 1)),
          .rows = layout_.rows,
          .k = layout_.k,
          .ld = layout_.lda};
}

Scales Activations::scales(int copy, ScaleLayout layout) const {
  const int64_t blocks = k_blocks(layout_.k);
  if (layout == ScaleLayout::kMnMajor) {
    const int64_t stride = copy_bytes(blocks, layout_.scale_ld, sizeof(float));
    return {mn_major_.at<float>(copy * stride), 1, layout_.scale_ld};
  }
  const int64_t stride = copy_bytes(layout_.rows, blocks, sizeof(float));
  return {k_major_.at<float>(copy * stride), blocks, 1};
}

Result<Outputs> Outputs::allocate(const Workbench& bench, const Layout& layout) {
  Outputs outputs;
  outputs.layout_ = layout;
  if (layout.ldd == 0) outputs.layout_.ldd = layout.n;
  const int64_t bytes = layout.copies * outputs.elements() * static_cast<int64_t>(sizeof(uint16_t));
  if (Status status = allocate_filled(bench, bytes, kPoison, &outputs.data_); !status.ok())
    return status;
  return outputs;
}

int64_t Outputs::elements() const {
  return up_to(kAlignment, 2 * kGuard + layout_.rows * layout_.ldd);
}

Status Outputs::poison(const Workbench& bench, int copy) const {
  const size_t bytes = static_cast<size_t>(elements()) * sizeof(uint16_t);
  return bench.gpu->check(bench.gpu->driver().cuMemsetD8Async(data_.address() + copy * bytes,
                                                              kPoison, bytes, bench.stream.get()),
                          "cuMemsetD8Async");
}

Region Outputs::region(int copy, int64_t m) const {
  return {.memory = data_.at<uint16_t>(static_cast<size_t>(copy * elements()) * sizeof(uint16_t)),
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
