#include "tools/cli/bench/table_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace jitgemm::cli {
namespace {

// Quotes text that holds a comma, a quote or a line end.
std::string field(const nlohmann::ordered_json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Result<TableFile> TableFile::create(const std::string& path) {
  TableFile table;
  if (path.empty()) return table;
  table.path_ = path;
  table.file_.reset(std::fopen(path.c_str(), "w"));
  if (!table.file_)
    return Status(StatusCode::kIoError, fmt::format("{}: {}", path, std::strerror(errno)));
  return table;
}

Status TableFile::add(const nlohmann::ordered_json& row) {
  if (!file_) return {};
  std::string names, values;
  for (const auto& [name, value] : row.items()) {
    names += (names.empty() ? "" : ",") + name;
    values += (values.empty() ? "" : ",") + field(value);
  }
  const std::string lines = has_header_ ? values + "\n" : names + "\n" + values + "\n";
  has_header_ = true;
  if (std::fputs(lines.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
    return {StatusCode::kIoError, fmt::format("{}: {}", path_, std::strerror(errno))};
  return {};
}

}  // namespace jitgemm::cli
