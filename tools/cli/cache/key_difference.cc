#include "tools/cli/cache/key_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "tools/cli/next_line.h"

namespace jitgemm::cli {
namespace {

struct Field {
  std::string name, value;
};

// A line holds a field's name and its value; the lines after "source <bytes>" are those of the
// source. Fields of the same name are numbered.
std::vector<Field> fields_of(std::string_view text) {
  std::vector<Field> fields;
  std::map<std::string, int, std::less<>> seen;
  while (!text.empty()) {
    const std::string_view line = next_line(&text);
    const std::string name(line.substr(0, line.find(' ')));
    if (name == "source") break;
    const int number = ++seen[name];
    fields.push_back({number == 1 ? name : fmt::format("{} {}", name, number),
                      std::string(line.substr(std::min(line.size(), name.size() + 1)))});
  }
  for (int number = 1; !text.empty(); ++number)
    fields.push_back({fmt::format("source line {}", number), std::string(next_line(&text))});
  return fields;
}

// Removes the field and returns its value, empty when there is none.
std::string take(std::vector<Field>* fields, const std::string& name) {
  for (auto field = fields->begin(); field != fields->end(); ++field) {
    if (field->name != name) continue;
    std::string value = std::move(field->value);
    fields->erase(field);
    return value;
  }
  return {};
}

}  // namespace

std::vector<FieldDifference> compare_keys(std::string_view wanted, std::string_view found) {
  std::vector<Field> others = fields_of(found);
  std::vector<FieldDifference> differences;
  for (Field& field : fields_of(wanted)) {
    std::string other = take(&others, field.name);
    if (other != field.value)
      differences.push_back({std::move(field.name), std::move(field.value), std::move(other)});
  }
  for (Field& field : others)
    differences.push_back({std::move(field.name), {}, std::move(field.value)});
  return differences;
}

}  // namespace jitgemm::cli
