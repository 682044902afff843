// One pass over the characters. A quote that follows a closing quote reopens the field.
#include "tools/cli/csv.h"

#include <strings.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace jitgemm::cli {
namespace {

Status error_at(int line, std::string_view what) {
  return {StatusCode::kInvalidArgument, fmt::format("line {}: {}", line, what)};
}

Result<std::vector<CsvRow>> records_of(std::string_view text) {
  enum { kStart, kPlain, kQuoted, kClosed } state = kStart;  // of the field
  std::vector<CsvRow> records;
  CsvRow record{.line = 1};
  std::string field;
  int line = 1, opened = 1;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\n';
    if (i == text.size() && state == kQuoted)
      return error_at(opened, "a quote is opened and not closed");
    const bool ends_line = c == '\n' || c == '\r';
    line += c == '\n' ? i == 0 || text[i - 1] != '\r' : c == '\r';
    if (state == kQuoted && c != '"') {
      field += c;
    } else if (c == '"') {
      if (state == kPlain)
        return error_at(line, fmt::format("a quote follows '{}' in an unquoted field", field));
      if (state == kClosed) field += '"';
      if (state == kStart) opened = line;
      state = state == kQuoted ? kClosed : kQuoted;
    } else if (c == ',' || ends_line) {
      const bool is_empty_line = ends_line && state == kStart && record.fields.empty();
      if (!is_empty_line) record.fields.push_back(std::exchange(field, {}));
      if (ends_line && !is_empty_line) records.push_back(std::exchange(record, {}));
      if (ends_line) record.line = line;
      state = kStart;
    } else if (state == kClosed) {
      return error_at(line, "a closing quote is followed by neither a comma nor a line end");
    } else {
      field += c;
      state = kPlain;
    }
  }
  return records;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<size_t> Csv::column(const char* name) const {
  for (size_t i = 0; i < columns.size(); ++i)
    if (strcasecmp(std::string(trim(columns[i])).c_str(), name) == 0) return i;
  return std::nullopt;
}

Result<Csv> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Result<std::vector<CsvRow>> records = records_of(text);
  if (!records.ok()) return records.status();
  if (records->empty()) return error_at(1, "no header: the text is empty");

  Csv csv{.columns = std::move(records->front().fields)};
  records->erase(records->begin());
  csv.rows = *std::move(records);
  for (const CsvRow& row : csv.rows)
    if (row.fields.size() != csv.columns.size())
      return error_at(row.line, fmt::format("{} fields, but the header has {} columns",
                                            row.fields.size(), csv.columns.size()));
  return csv;
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || text.bad())  // a folder can be opened, but not read
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: cannot be read", path));
  return text.str();
}

}  // namespace jitgemm::cli
