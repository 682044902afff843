// From a kernel's name back to its config: "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::harness {

// The inverse of KernelConfig::name(). Whether the numbers make a kernel is the planner's business.
// Errors: kInvalidArgument.
Result<plan::KernelConfig> parse_config_name(std::string_view name);

// One name a line; empty lines and those that begin with # are passed over. No file, no names.
Result<std::vector<plan::KernelConfig>> read_config_names(const std::string& path);

}  // namespace jitgemm::harness
