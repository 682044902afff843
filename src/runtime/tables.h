// The tuning tables of a Library: the user's, then the embedded one.
#pragma once

#include <optional>
#include <string>

#include <jitgemm/status.h>
#include "src/plan/plan.h"
#include "src/plan/tuning_table.h"

namespace jitgemm {

class Tables {
 public:
  // `path`: the user's table, or empty. Errors: kInvalidArgument, with file and line.
  static Result<Tables> open(const std::string& path, bool embedded);

  // `rules` with these tables, in their order. Valid as long as this object.
  plan::Rules complete(plan::Rules rules) const;

 private:
  std::optional<plan::TuningTable> user_, embedded_;
};

}  // namespace jitgemm
