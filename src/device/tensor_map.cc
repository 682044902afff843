#include "src/device/tensor_map.h"

#include <cstdint>
#include <utility>

#include "kernels/layout.h"

namespace jitgemm::device {
namespace {

// A matrix whose rows are `row_bytes` apart, and the box that one TMA instruction moves.
struct Matrix {
  CUtensorMapDataType type;
  const void* base;
  cuuint64_t columns, rows;  // elements
  cuuint64_t row_bytes;      // from row to row
  cuuint32_t box_columns, box_rows;
  CUtensorMapSwizzle swizzle;
};

Status encode(const Driver& driver, const Matrix& matrix, TensorMap* map) {
  static_assert(sizeof(TensorMap) == sizeof(CUtensorMap));
  static_assert(alignof(TensorMap) >= 64);  // required by the call
  const cuuint64_t size[] = {matrix.columns, matrix.rows};
  const cuuint32_t box[] = {matrix.box_columns, matrix.box_rows};
  const cuuint32_t every_element[] = {1, 1};
  return driver.check(
      driver.api().cuTensorMapEncodeTiled(
          reinterpret_cast<CUtensorMap*>(map), matrix.type, 2, const_cast<void*>(matrix.base), size,
          &matrix.row_bytes, box, every_element, CU_TENSOR_MAP_INTERLEAVE_NONE, matrix.swizzle,
          CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE),
      "cuTensorMapEncodeTiled");
}

// A or B: one byte an element, boxes as wide as a k-block.
Matrix operand(const void* base, int64_t rows, int64_t k, int64_t row_bytes, int box_rows) {
  return {.type = CU_TENSOR_MAP_DATA_TYPE_UINT8,
          .base = base,
          .columns = static_cast<cuuint64_t>(k),
          .rows = static_cast<cuuint64_t>(rows),
          .row_bytes = static_cast<cuuint64_t>(row_bytes),
          .box_columns = kBlockK,
          .box_rows = static_cast<cuuint32_t>(box_rows),
          .swizzle = CU_TENSOR_MAP_SWIZZLE_128B};
}

// The swizzle that is as wide as a row of D's box.
CUtensorMapSwizzle swizzle_of(int store_columns) {
  switch (store_columns) {
    case 64: return CU_TENSOR_MAP_SWIZZLE_128B;
    case 32: return CU_TENSOR_MAP_SWIZZLE_64B;
    case 16: return CU_TENSOR_MAP_SWIZZLE_32B;
    default: return CU_TENSOR_MAP_SWIZZLE_NONE;
  }
}

}  // namespace

Status encode_a(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map) {
  const auto& [desc, args] = gemm;
  const int rows = config.box_tokens(static_cast<int>(args.m));
  return encode(driver, operand(args.a, args.m, desc.k, args.lda, rows), map);
}

Status encode_b(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map) {
  const auto& [desc, args] = gemm;
  return encode(driver, operand(args.b, desc.n, desc.k, args.ldb, config.tile_n), map);
}

Status encode_d(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map) {
  const auto& [desc, args] = gemm;
  const int store_columns =
      normal_layout(config.tile_m, config.tile_n, config.warpgroups, config.stages, config.k)
          .store_columns();
  const Matrix d = {.type = CU_TENSOR_MAP_DATA_TYPE_BFLOAT16,
                    .base = args.d,
                    .columns = static_cast<cuuint64_t>(desc.n),
                    .rows = static_cast<cuuint64_t>(args.m),
                    .row_bytes = static_cast<cuuint64_t>(args.ldd) * sizeof(unsigned short),
                    .box_columns = static_cast<cuuint32_t>(store_columns),
                    .box_rows = kWaveRows,
                    .swizzle = swizzle_of(store_columns)};
  return encode(driver, d, map);
}

bool fits_tma(const AScale& scale) {
  return scale.ld % 4 == 0 && reinterpret_cast<uintptr_t>(scale.data) % 16 == 0;
}

Status encode_s(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map) {
  const auto& [desc, args] = gemm;
  Matrix s = {.type = CU_TENSOR_MAP_DATA_TYPE_FLOAT32,
              .base = args.a_scale.data,
              .columns = static_cast<cuuint64_t>(args.m),
              .rows = static_cast<cuuint64_t>(ceil_div(static_cast<int>(desc.k), kBlockK)),
              .row_bytes = static_cast<cuuint64_t>(args.a_scale.ld) * sizeof(float),
              .box_columns = static_cast<cuuint32_t>(config.tile_m),
              .box_rows = NormalLayout::kScaleBlocks,
              .swizzle = CU_TENSOR_MAP_SWIZZLE_NONE};
  if (args.a_scale.layout == ScaleLayout::kKMajor) {
    std::swap(s.columns, s.rows);
    std::swap(s.box_columns, s.box_rows);
  }
  return encode(driver, s, map);
}

}  // namespace jitgemm::device
