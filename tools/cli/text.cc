#include "tools/cli/text.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace jitgemm::cli {

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view next_line(std::string_view* text) {
  const size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == text->npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || text.bad())  // a folder can be opened, but not read
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: cannot be read", path));
  return text.str();
}

Status write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (file << text << std::flush) return {};
  return {StatusCode::kIoError, fmt::format("{}: cannot be written", path)};
}

Status at_line(int line, std::string_view what) {
  return {StatusCode::kInvalidArgument, fmt::format("line {}: {}", line, what)};
}

Status in_file(const std::string& path, const Status& error) {
  return {error.code(), fmt::format("{}: {}", path, error.message())};
}

}  // namespace jitgemm::cli
