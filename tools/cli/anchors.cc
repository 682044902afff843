#include "tools/cli/anchors.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "tools/cli/csv.h"

namespace jitgemm::cli {
namespace {

template <typename T>
Status read_number(const Csv& csv, const CsvRow& row, const char* name, T* value) {
  const std::optional<size_t> column = csv.column(name);
  if (!column) return {StatusCode::kInvalidArgument, fmt::format("there is no column {}", name)};
  const std::string_view text = trim(row.fields[*column]);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (error == std::errc() && end == text.data() + text.size() && *value > 0) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("line {}: {} = '{}' is not a positive number", row.line, name, text)};
}

Result<Anchor> read_row(const Csv& csv, const CsvRow& row) {
  Anchor anchor;
  Status status = read_number(csv, row, "n", &anchor.desc.n);
  if (status.ok()) status = read_number(csv, row, "k", &anchor.desc.k);
  if (status.ok()) status = read_number(csv, row, "m", &anchor.m);
  if (status.ok()) status = read_number(csv, row, "best_us", &anchor.best_us);
  if (status.ok()) status = read_number(csv, row, "cublaslt_us", &anchor.cublaslt_us);
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
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf()))
    return Status(StatusCode::kInvalidArgument, fmt::format("{} cannot be read", path));
  Result<std::vector<Anchor>> anchors = parse_anchors(text.str());
  if (anchors.ok()) return anchors;
  return Status(anchors.status().code(), fmt::format("{}: {}", path, anchors.status().message()));
}

}  // namespace jitgemm::cli
