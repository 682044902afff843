// What subcommands print. The text is made from the JSON, so that both say the same.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

// "gb per s" of the member gb_per_s.
std::string label(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string value_text(const Json& value) {
  if (value.empty() || value == "") return "-";
  if (value.is_string()) return value;
  return value.is_number_float() ? fmt::format("{:.5g}", value.get<double>()) : value.dump();
}

// Whether a value stands in lines of its own.
bool is_block(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().find('\n') != std::string::npos
                           : value.is_structured() && !value.empty();
}

std::string members_text(const Json& object, const char* indent) {
  size_t width = 0;
  for (const auto& [name, value] : object.items())
    if (!is_block(value)) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : object.items()) {
    if (!is_block(value))
      text += fmt::format("{}{:<{}}  {}\n", indent, label(name), width, value_text(value));
    else
      text += fmt::format("\n{}\n{}", label(name),
                          value.is_object()  ? members_text(value, "  ")
                          : value.is_array() ? table_text(value)
                                             : value_text(value) + "\n");
  }
  return text;
}

}  // namespace

std::string table_text(const Json& rows) {
  Json widths = Json::object();  // of every column, in order
  for (const Json& row : rows)
    for (const auto& [name, value] : row.items())
      widths[name] = std::max(widths.value(name, name.size()), value_text(value).size());
  const auto line = [&](const auto& cell) {
    std::string text;
    for (const auto& [name, width] : widths.items())
      text += fmt::format("  {:<{}}", cell(name), width.template get<size_t>());
    return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  };
  std::string text = line(label);
  for (const Json& row : rows)
    text += line([&](const std::string& name) { return value_text(row.value(name, Json())); });
  return text;
}

void print(const Context& context, const Json& json) {
  if (context.json)
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print("{}", json.is_array() ? table_text(json) : members_text(json, ""));
}

}  // namespace jitgemm::cli
