// Tensor maps: the three matrices of a GEMM as the copy engine sees them.
#pragma once

#include <jitgemm/status.h>
#include "kernels/params.h"
#include "src/device/driver.h"
#include "src/plan/desc.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::device {

// Errors: kDriverError.
//   a  {k, m} e4m3, row stride lda, box {128, tile_m}, 128-byte swizzle, L2 promotion 128 B;
//      of the swapped form {128, min(m, tile_m)}: the other rows of its tile are nobody's
//   b  {k, n} e4m3, row stride ldb, box {128, tile_n}, likewise
//   d  {n, m} bf16, row stride ldd, box {store columns, 64}, swizzle as wide as a box row; normal
//   form only
Status encode_a(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);
Status encode_b(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);
Status encode_d(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
                TensorMap* map);

}  // namespace jitgemm::device
