// Compares two keys field by field, for `cache explain`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jitgemm::cli {

struct FieldDifference {
  std::string field;   // "schema", "option 2", "headers", "source line 4", ...
  std::string wanted;  // empty when the field is missing
  std::string found;
};

// The differences of two key texts (Explanation::key_text), in the order of their fields.
std::vector<FieldDifference> compare_keys(std::string_view wanted, std::string_view found);

}  // namespace jitgemm::cli
