// A parser of one pass: Reader eats the text field by field, parse_csv() checks the records.
#include "tools/cli/csv.h"

#include <fmt/format.h>

#include <strings.h>

#include <algorithm>
#include <utility>

namespace jitgemm::cli {
namespace {

Status error_at(int line, std::string_view what) {
  return {StatusCode::kInvalidArgument, fmt::format("line {}: {}", line, what)};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    while (eat_line_end()) {
    }
  }

  bool at_end() const { return rest_.empty(); }

  // The next record, and the empty lines after it.
  Result<CsvRow> record() {
    CsvRow row{.line = line_, .fields = {}};
    do {
      Result<std::string> field = rest_.starts_with('"') ? quoted() : plain();
      if (!field.ok()) return field.status();
      row.fields.push_back(*std::move(field));
    } while (eat(","));
    if (!at_end() && !eat_line_end())
      return error_at(line_, "a closing quote is followed by neither a comma nor a line end");
    while (eat_line_end()) {
    }
    return row;
  }

 private:
  Result<std::string> plain() {
    const std::string_view field = rest_.substr(0, rest_.find_first_of(",\r\n"));
    if (field.find('"') != field.npos)
      return error_at(line_, fmt::format("a quote inside the unquoted field '{}'", field));
    rest_.remove_prefix(field.size());
    return std::string(field);
  }

  Result<std::string> quoted() {
    const int opened = line_;
    std::string field;
    rest_.remove_prefix(1);
    while (!at_end()) {
      if (eat("\"\"")) {
        field += '"';
      } else if (eat("\"")) {
        return field;
      } else {
        line_ += rest_.front() == '\n';
        field += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return error_at(opened, "a quote is opened and not closed");
  }

  bool eat(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool eat_line_end() {
    if (!eat("\r\n") && !eat("\n") && !eat("\r")) return false;
    ++line_;
    return true;
  }

  std::string_view rest_;
  int line_ = 1;
};

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<size_t> Csv::column(const char* name) const {
  const auto found = std::ranges::find_if(columns, [name](std::string_view candidate) {
    return strcasecmp(std::string(trim(candidate)).c_str(), name) == 0;
  });
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

Result<Csv> parse_csv(std::string_view text) {
  Reader reader(text);
  if (reader.at_end()) return error_at(1, "no header: the text is empty");
  Result<CsvRow> header = reader.record();
  if (!header.ok()) return header.status();

  Csv csv{.columns = std::move(header->fields), .rows = {}};
  while (!reader.at_end()) {
    Result<CsvRow> row = reader.record();
    if (!row.ok()) return row.status();
    if (row->fields.size() != csv.columns.size())
      return error_at(row->line, fmt::format("{} fields, but the header has {} columns",
                                             row->fields.size(), csv.columns.size()));
    csv.rows.push_back(*std::move(row));
  }
  return csv;
}

}  // namespace jitgemm::cli
