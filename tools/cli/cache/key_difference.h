// Compares two keys field by field, for `cache explain`. Pure.
#pragma once

#include <string_view>

#include "tools/cli/commands.h"

namespace jitgemm::cli {

// The differences of two key texts (Explanation::key_text), in the order of their fields: objects
// of "field" ("schema", "option 2", "headers", "source line 4", ...), "wanted" and "found". The
// text of a missing field is empty.
Json compare_keys(std::string_view wanted, std::string_view found);

}  // namespace jitgemm::cli
