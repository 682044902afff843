// Validation of the arguments of callers: pure, and the only place that knows what is accepted.
// Every message names the field, the value found and the values accepted.
#pragma once

#include <string>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::plan {

// Errors: kInvalidArgument.
Status validate(const GemmDesc& desc);
Status validate(Form form);
Status validate(MissPolicy policy);

// Checks one launch of a valid desc and replaces strides of 0 by their defaults. With m = 0 it
// checks nothing else. Allocates only for an error. Errors: kInvalidArgument.
Result<GemmArgs> complete(const GemmDesc& desc, const GemmArgs& args);

// One GEMM that can be launched: a valid desc, and args returned by complete() with m >= 1.
struct Operation {
  const GemmDesc& desc;
  const GemmArgs& args;
};

// "n7168_k2048"
std::string shape_name(const GemmDesc& desc);

}  // namespace jitgemm::plan
