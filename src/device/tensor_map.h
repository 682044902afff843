// Tensor maps: the three matrices of a GEMM as TMA sees them.
#pragma once

#include <jitgemm/status.h>
#include "kernels/params.h"
#include "src/device/driver.h"
#include "src/plan/desc.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::device {

// Sizes are {columns, rows} in elements; every map has an L2 promotion of 128 bytes and fills with
// zeros. Errors: kDriverError.
//   a  {k, m} e4m3, row stride lda, 128-byte swizzle; box {128, min(m, tile_m)}: it is smaller than
//      the tile when m is, so that TMA never reads past the last token
//   b  {k, n} e4m3, row stride ldb, 128-byte swizzle; box {128, tile_n}
//   d  {n, m} bf16, row stride ldd, box {store columns, 64}, a swizzle as wide as a row of the box;
//      only for the normal form, which stores D by TMA
//   s  A's scales, float, row stride ld: {m, k-blocks}, box {tile_m, 4} if they are MN-major, else
//      {k-blocks, m}, box {4, tile_m}; only for the normal form and where fits_tma()
Status encode_a(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);
Status encode_b(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);
Status encode_d(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);
Status encode_s(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);

// Whether a tensor map can describe A's scales: 16-byte aligned rows.
bool fits_tma(const AScale& scale);

}  // namespace jitgemm::device
