// CSV as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes; lines end
// with LF or CRLF; the first record names the columns. A byte order mark and empty lines are passed
// over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>

namespace jitgemm::cli {

struct CsvRow {
  int line = 0;  // where it starts in the text, from 1
  std::vector<std::string> fields;
};

struct Csv {
  std::vector<std::string> columns;
  std::vector<CsvRow> rows;  // each with as many fields as there are columns

  // The index of the column, its name matched without regard to case or outer blanks.
  std::optional<size_t> column(const char* name) const;
};

// Errors: kInvalidArgument, which names the line.
Result<Csv> parse_csv(std::string_view text);

// Without blanks at either end.
std::string_view trim(std::string_view text);

}  // namespace jitgemm::cli
