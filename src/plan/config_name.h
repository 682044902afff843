// From a kernel's name back to its config: "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4".
//
// Free functions, callable from any thread.
#pragma once

#include <string_view>

#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// The inverse of KernelConfig::name() for one shape's kernels. Whether the numbers make a kernel is
// the planner's business. Errors: kInvalidArgument.
Result<KernelConfig> parse_config_name(std::string_view name);

// The kernel of that name, generic or of one shape, if it can be made. Errors: kInvalidArgument.
Result<KernelConfig> kernel_named(std::string_view name);

}  // namespace jitgemm::plan
