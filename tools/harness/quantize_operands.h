// Operands of a quantiser on the GPU, in one or more copies.
#pragma once

#include <cstdint>

#include <jitgemm/quantize.h>
#include <jitgemm/status.h>
#include "tools/harness/operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

class QuantizeOperands {
 public:
  struct Layout {
    QuantizeDesc desc;
    int64_t m = 0;
    ScaleLayout scales = ScaleLayout::kMnMajor;
    int copies = 1;
  };
  // Normal values; an x of fp32 or fp16 has normal bf16 values side by side instead, any bits for
  // timing. Enqueued on the workbench's stream.
  static Result<QuantizeOperands> generate(const Workbench& bench, const Layout& layout);

  int copies() const { return layout_.copies; }
  QuantizeArgs args(int launch) const;  // launch i uses copy i modulo their number

  // What one launch has to move: x, q and scales, and the residual twice.
  static double bytes(const QuantizeDesc& desc, int64_t m);

 private:
  Layout layout_;
  Copies<uint16_t> x_, residual_, weight_;
  Copies<uint8_t> q_;
  Copies<float> scales_;
};

}  // namespace jitgemm::harness
