// The models that `jitgemm prewarm --model` knows by name.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "tools/models/config.h"

namespace jitgemm::models {

// In the order of the table.
std::vector<std::string> names();

// A known model's config; its name is matched without regard to case. Errors: kInvalidArgument.
Result<Config> known(const std::string& name);

}  // namespace jitgemm::models
