// A file of kernel names, one per line.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::harness {

// Skips empty lines and those that begin with #. An empty path gives no names.
// Errors: kInvalidArgument when the file cannot be read or has a line that is not a kernel's name.
Result<std::vector<plan::KernelConfig>> read_config_list(const std::string& path);

}  // namespace jitgemm::harness
