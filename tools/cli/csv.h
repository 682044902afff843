// CSV of RFC 4180: quoted fields may hold commas, line ends and doubled quotes; lines end with LF,
// CRLF or CR; the first record names the columns. The reader skips a byte order mark and empty
// lines.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <jitgemm/status.h>
#include "tools/cli/commands.h"
#include "tools/cli/text.h"

namespace jitgemm::cli {

struct CsvRow {
  int line = 0;  // of its first character, from 1
  std::vector<std::string> fields = {};
};

struct Csv {
  std::vector<std::string> columns = {};
  std::vector<CsvRow> rows = {};  // each with one field per column

  // The text of a field without outer blanks, or nothing if there is no such column. Names of
  // columns are compared without regard to case and outer blanks.
  std::optional<std::string_view> text(const CsvRow& row, const char* column) const;

  // Reads the number in a field. Errors: kInvalidArgument, which names line, column and text.
  template <typename Number>
  Status read(const CsvRow& row, const char* column, Number* value) const {
    const std::optional<std::string_view> field = text(row, column);
    if (!field) return no_column(column);
    const auto [end, error] = std::from_chars(field->data(), field->data() + field->size(), *value);
    if (error == std::errc() && end == field->data() + field->size()) return {};
    const char* wanted = std::is_integral_v<Number> ? "an integer" : "a number";
    return at_line(row.line, fmt::format("{} = '{}' is not {}", column, *field, wanted));
  }

 private:
  Status no_column(const char* column) const;
};

// Errors: kInvalidArgument, which names the line.
Result<Csv> parse_csv(std::string_view text);
// The same of a file, which the message names.
Result<Csv> read_csv(const std::string& path);

// Writes JSON objects with the same members as rows, whose columns are the members.
class TableFile {
 public:
  // With an empty path, add() writes nothing. Errors: kIoError.
  static Result<TableFile> create(const std::string& path);

  // Flushes each row, so that an interrupted run leaves its rows. Errors: kIoError.
  Status add(const Json& row);

 private:
  std::string path_;
  std::ofstream file_;
  bool has_header_ = false;
};

}  // namespace jitgemm::cli
