// The tuning tables of a Library, in the order in which they are asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/plan/plan.h"
#include "src/plan/tuning_table.h"

namespace jitgemm {

class Tables {
 public:
  // `path`: a file of the user's; empty: none. Errors: kInvalidArgument, with file and line.
  static Result<Tables> open(const std::string& path, bool embedded);

  // `rules` with these tables: the user's before the library's own. Valid as long as this object.
  plan::Rules complete(plan::Rules rules) const;

 private:
  std::optional<plan::TuningTable> user_, embedded_;
};

}  // namespace jitgemm
