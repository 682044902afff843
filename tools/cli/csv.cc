// The reader passes once over the characters. A quote that follows a closing quote reopens the
// field.
#include "tools/cli/csv.h"

#include <strings.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace jitgemm::cli {
namespace {

Result<std::vector<CsvRow>> records_of(std::string_view text) {
  enum { kStart, kPlain, kQuoted, kClosed } state = kStart;  // of the field
  std::vector<CsvRow> records;
  CsvRow record{.line = 1};
  std::string field;
  int line = 1, opened = 1;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\n';
    if (i == text.size() && state == kQuoted)
      return at_line(opened, "a quote is opened and not closed");
    const bool ends_line = c == '\n' || c == '\r';
    line += c == '\n' ? i == 0 || text[i - 1] != '\r' : c == '\r';
    if (state == kQuoted && c != '"') {
      field += c;
    } else if (c == '"') {
      if (state == kPlain)
        return at_line(line, fmt::format("a quote follows '{}' in an unquoted field", field));
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
      return at_line(line, "a closing quote is followed by neither a comma nor a line end");
    } else {
      field += c;
      state = kPlain;
    }
  }
  return records;
}

// Quotes text that holds a comma, a quote or a line end.
std::string field_text(const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

Status not_written(const std::string& path) {
  return {StatusCode::kIoError, fmt::format("{}: {}", path, std::strerror(errno))};
}

}  // namespace

std::optional<std::string_view> Csv::text(const CsvRow& row, const char* column) const {
  for (size_t i = 0; i < columns.size(); ++i)
    if (strcasecmp(std::string(trim(columns[i])).c_str(), column) == 0) return trim(row.fields[i]);
  return std::nullopt;
}

Status Csv::no_column(const char* column) const {
  return {StatusCode::kInvalidArgument, fmt::format("the header names no column '{}'; it has: '{}'",
                                                    column, fmt::join(columns, "' '"))};
}

Result<Csv> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Result<std::vector<CsvRow>> records = records_of(text);
  if (!records.ok()) return records.status();
  if (records->empty()) return at_line(1, "no header: the text is empty");

  Csv csv{.columns = std::move(records->front().fields)};
  records->erase(records->begin());
  csv.rows = *std::move(records);
  for (const CsvRow& row : csv.rows)
    if (row.fields.size() != csv.columns.size())
      return at_line(row.line, fmt::format("{} fields, but the header has {} columns",
                                           row.fields.size(), csv.columns.size()));
  return csv;
}

Result<Csv> read_csv(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) return text.status();
  Result<Csv> csv = parse_csv(*text);
  if (!csv.ok()) return in_file(path, csv.status());
  return csv;
}

Result<TableFile> TableFile::create(const std::string& path) {
  TableFile table;
  table.path_ = path;
  if (path.empty()) return table;
  table.file_.open(path, std::ios::binary);
  if (!table.file_) return not_written(path);
  return table;
}

Status TableFile::add(const Json& row) {
  if (path_.empty()) return {};
  std::vector<std::string> names, values;
  for (const auto& [name, value] : row.items()) {
    names.push_back(name);
    values.push_back(field_text(value));
  }
  if (!std::exchange(has_header_, true)) file_ << fmt::format("{}\n", fmt::join(names, ","));
  file_ << fmt::format("{}\n", fmt::join(values, ",")) << std::flush;
  return file_ ? Status() : not_written(path_);
}

}  // namespace jitgemm::cli
