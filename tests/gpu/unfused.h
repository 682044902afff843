// silu_mul and gelu_mul as operators of their own, which store bf16: what a fused quantiser has to
// equal. Written as PyTorch's operators compute, with the compiler's expf, tanhf and division.
#pragma once

#include <cstdint>
#include <vector>

#include <jitgemm/quantize.h>
#include "tools/harness/workbench.h"

namespace jitgemm {

// activation(gate) * up, of equal length. `op` is kSiluMul or kGeluMul.
Result<std::vector<uint16_t>> unfused(const harness::Workbench& bench, QuantizeOp op,
                                      const std::vector<uint16_t>& gate,
                                      const std::vector<uint16_t>& up);

}  // namespace jitgemm
