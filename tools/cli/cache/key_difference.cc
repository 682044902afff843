#include "tools/cli/cache/key_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

// The fields by name. A line holds a field's name and its value; the lines after "source <bytes>"
// are those of the source. Fields of the same name are numbered.
Json fields_of(std::string_view text) {
  Json fields = Json::object();
  std::map<std::string, int> seen;
  bool in_source = false;
  while (!text.empty()) {
    const std::string_view line = next_line(&text);
    const std::string name(in_source ? "source line" : line.substr(0, line.find(' ')));
    const int number = ++seen[name];
    if (in_source)
      fields[fmt::format("{} {}", name, number)] = line;
    else if (name == "source")
      in_source = true;
    else
      fields[number == 1 ? name : fmt::format("{} {}", name, number)] =
          line.substr(std::min(line.size(), name.size() + 1));
  }
  return fields;
}

}  // namespace

Json compare_keys(std::string_view wanted, std::string_view found) {
  const Json fields = fields_of(wanted);
  Json others = fields_of(found), differences = Json::array();
  for (const auto& [name, value] : fields.items()) {
    const std::string other = others.value(name, "");
    if (other != value)
      differences.push_back({{"field", name}, {"wanted", value}, {"found", other}});
    others.erase(name);
  }
  for (const auto& [name, value] : others.items())
    differences.push_back({{"field", name}, {"wanted", ""}, {"found", value}});
  return differences;
}

}  // namespace jitgemm::cli
