// Validation of what callers pass: pure, and the only place that knows what is accepted.
// Every message names the field, the value found and what is accepted.
#pragma once

#include <string>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::plan {

// Errors: kInvalidArgument.
Status validate(const GemmDesc& desc);

// Checks one launch of a valid desc and fills in the strides given as 0. With m = 0 nothing else is
// looked at. Allocates nothing when all is well. Errors: kInvalidArgument.
Result<GemmArgs> complete(const GemmDesc& desc, const GemmArgs& args);

// One GEMM, ready to be launched: a valid desc, and the args that complete() gave, with m >= 1.
struct Operation {
  const GemmDesc& desc;
  const GemmArgs& args;
};

// "n7168_k2048"
std::string shape_name(const GemmDesc& desc);

}  // namespace jitgemm::plan
