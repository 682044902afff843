// The tuning tables of a Library.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/plan/tuning_table.h"

namespace jitgemm {

using Tables = std::vector<plan::TuningTable>;

// The user's table, if `path` is not empty, and the embedded one: the order in which the planner
// asks them. Errors: kInvalidArgument, with file and line.
Result<Tables> open_tables(const std::string& path, bool embedded);

}  // namespace jitgemm
