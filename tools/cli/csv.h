// CSV of RFC 4180: quoted fields may hold commas, line ends and doubled quotes; lines end with LF,
// CRLF or CR; the first record names the columns. A byte order mark and empty lines are skipped.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <jitgemm/status.h>

namespace jitgemm::cli {

// Without the blanks at either end.
std::string_view trim(std::string_view text);

struct CsvRow {
  int line = 0;  // of its first character, from 1
  std::vector<std::string> fields = {};
};

struct Csv {
  std::vector<std::string> columns = {};
  std::vector<CsvRow> rows = {};  // each with one field per column

  // The index of a column. Names are compared without regard to case and outer blanks.
  std::optional<size_t> column(const char* name) const;

  // The number in a field. Errors: kInvalidArgument, which names line, column and text.
  template <typename Number>
  Result<Number> number(const CsvRow& row, size_t column) const {
    const std::string_view text = trim(row.fields[column]);
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("line {}: {} = '{}' is not a {}", row.line, trim(columns[column]),
                              text, std::is_integral_v<Number> ? "64-bit integer" : "number"));
  }
};

// Errors: kInvalidArgument, which names the line.
Result<Csv> parse_csv(std::string_view text);

// The text of a file. Errors: kInvalidArgument, which names the file.
Result<std::string> read_text(const std::string& path);

}  // namespace jitgemm::cli
