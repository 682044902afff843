// A file of kernels' names, one a line.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::harness {

// Empty lines and those that begin with # are passed over. No path, no names.
// Errors: kInvalidArgument.
Result<std::vector<plan::KernelConfig>> read_config_list(const std::string& path);

}  // namespace jitgemm::harness
