// The models of `--model`.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "tools/models/config.h"

namespace jitgemm::models {

// In the order of the table.
std::vector<std::string> names();

// The config of a known model. Case is ignored. Errors: kInvalidArgument, which lists the names.
Result<Config> known(const std::string& name);

}  // namespace jitgemm::models
