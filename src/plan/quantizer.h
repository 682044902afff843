// Quantisers as the planner sees them: validation, names, and the grid of a launch. A desc is the
// whole of a quantiser's kernel, since one kernel serves every M. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <jitgemm/quantize.h>
#include <jitgemm/status.h>
#include "src/plan/plan.h"

namespace jitgemm::plan {

// Errors: kInvalidArgument.
Status validate(const QuantizeDesc& desc);

// Checks one launch of a valid desc and replaces strides of 0 by their defaults. With m = 0 it
// checks nothing else. Allocates only for an error. Errors: kInvalidArgument.
Result<QuantizeArgs> complete(const QuantizeDesc& desc, const QuantizeArgs& args);

// One quantisation that can be launched: a valid desc, and args returned by complete() with m >= 1.
struct Quantization {
  const QuantizeDesc& desc;
  const QuantizeArgs& args;
};

// "silu_mul_quantize_k2048_bf16_ue8m0": the kernel's name, unique per desc.
std::string shape_name(const QuantizeDesc& desc);

// The inverse, for valid descs. Errors: kInvalidArgument.
Result<QuantizeDesc> parse_quantizer_name(std::string_view name);

// What the q of a token is made of: 1 row of k values, or 2, gate and up.
constexpr int rows_of(const QuantizeDesc& desc) {
  return desc.op == QuantizeOp::kSiluMul || desc.op == QuantizeOp::kGeluMul ? 2 : 1;
}

Grid grid_for(const QuantizeDesc& desc, int64_t m, int sms);

}  // namespace jitgemm::plan
