#include "tools/cli/bench/anchors.h"

#include <fmt/format.h>

#include "tools/cli/csv.h"

namespace jitgemm::cli {
namespace {

template <typename Number>
Status read_positive(const Csv& csv, const CsvRow& row, const char* name, Number* value) {
  const std::optional<size_t> column = csv.column(name);
  if (!column) return {StatusCode::kInvalidArgument, fmt::format("there is no column {}", name)};
  const Result<Number> number = csv.number<Number>(row, *column);
  if (!number.ok()) return number.status();
  *value = *number;
  if (*value > 0) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("line {}: {} = {} is not positive", row.line, name, *value)};
}

Result<Anchor> read_row(const Csv& csv, const CsvRow& row) {
  Anchor anchor;
  Status status = read_positive(csv, row, "n", &anchor.desc.n);
  if (status.ok()) status = read_positive(csv, row, "k", &anchor.desc.k);
  if (status.ok()) status = read_positive(csv, row, "m", &anchor.m);
  if (status.ok()) status = read_positive(csv, row, "best_us", &anchor.best_us);
  if (status.ok()) status = read_positive(csv, row, "cublaslt_us", &anchor.cublaslt_us);
  if (!status.ok()) return status;
  return anchor;
}

}  // namespace

Result<std::vector<Anchor>> parse_anchors(std::string_view text) {
  const Result<Csv> csv = parse_csv(text);
  if (!csv.ok()) return csv.status();
  std::vector<Anchor> anchors;
  for (const CsvRow& row : csv->rows) {
    Result<Anchor> anchor = read_row(*csv, row);
    if (!anchor.ok()) return anchor.status();
    anchors.push_back(*anchor);
  }
  return anchors;
}

Result<std::vector<Anchor>> anchors_of_file(const std::string& path) {
  const Result<std::string> text = read_text(path);
  if (!text.ok()) return text.status();
  Result<std::vector<Anchor>> anchors = parse_anchors(*text);
  if (anchors.ok()) return anchors;
  return Status(anchors.status().code(), fmt::format("{}: {}", path, anchors.status().message()));
}

}  // namespace jitgemm::cli
