// A row is wrong (an error), not asked for (passed over), not served (named), or a shape.
#include "tools/cli/shapes.h"

#include <fmt/format.h>
#include <strings.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

#include <jitgemm/inspect.h>
#include "tools/cli/csv.h"
#include "tools/models/models.h"

namespace jitgemm::cli {
namespace {

struct Columns {
  size_t n, k;
  std::optional<size_t> kind, tp;
};

Result<Columns> columns_of(const Csv& csv) {
  const auto n = csv.column("n"), k = csv.column("k");
  if (n && k) return Columns{*n, *k, csv.column("kind"), csv.column("tp")};
  std::string message = fmt::format("the header names no column '{}'; it has:", n ? "k" : "n");
  for (const std::string& column : csv.columns) message += fmt::format(" '{}'", column);
  return Status(StatusCode::kInvalidArgument, std::move(message));
}

Result<int64_t> integer(const Csv& csv, const CsvRow& row, size_t column) {
  const std::string_view text = trim(row.fields[column]);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("line {}: {} = '{}' is not a 64-bit integer", row.line,
                              trim(csv.columns[column]), text));
  return value;
}

// The planner's own word on a shape. No kernel depends on the GPU in whether its shape is served.
Status served(const GemmDesc& desc) {
  const Result<Explanation> explanation = explain(desc, 1, known_gpus().front().name);
  return explanation.ok() ? Status() : explanation.status();
}

bool is_dense(const std::string& kind) {
  return strcasecmp(std::string(trim(kind)).c_str(), "dense") == 0;
}

Status add_row(const Csv& csv, const Columns& columns, const CsvRow& row, ShapeList& list) {
  if (columns.kind && !is_dense(row.fields[*columns.kind])) {
    list.skipped.push_back(fmt::format("line {}: kind = '{}' is not dense", row.line,
                                       trim(row.fields[*columns.kind])));
    return {};
  }
  const Result<int64_t> n = integer(csv, row, columns.n);
  if (!n.ok()) return n.status();
  const Result<int64_t> k = integer(csv, row, columns.k);
  if (!k.ok()) return k.status();
  const GemmDesc desc{.n = *n, .k = *k};
  if (const Status status = served(desc); !status.ok())
    list.skipped.push_back(fmt::format("line {}: {}", row.line, status.message()));
  else
    list.shapes.push_back(desc);
  return {};
}

}  // namespace

Result<ShapeList> shapes_of_csv(std::string_view text, std::optional<int> tp) {
  const Result<Csv> csv = parse_csv(text);
  if (!csv.ok()) return csv.status();
  const Result<Columns> columns = columns_of(*csv);
  if (!columns.ok()) return columns.status();

  ShapeList list;
  for (const CsvRow& row : csv->rows) {
    if (tp && columns->tp) {
      const Result<int64_t> row_tp = integer(*csv, row, *columns->tp);
      if (!row_tp.ok()) return row_tp.status();
      if (*row_tp != *tp) continue;
    }
    if (Status status = add_row(*csv, *columns, row, list); !status.ok()) return status;
  }
  if (list.shapes.empty() && list.skipped.empty())
    return Status(StatusCode::kInvalidArgument,
                  tp && columns->tp ? fmt::format("no row has tp = {}", *tp) : "no rows");
  return list;
}

Result<ShapeList> shapes_of_file(const std::string& path, std::optional<int> tp) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || text.bad())  // of a folder, the opening succeeds
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: cannot be read", path));
  Result<ShapeList> list = shapes_of_csv(text.str(), tp);
  if (list.ok()) return list;
  return Status(list.status().code(), fmt::format("{}: {}", path, list.status().message()));
}

Result<ShapeList> shapes_of_model(const std::string& model, std::optional<int> tp) {
  const Result<std::vector<models::Layer>> layers = models::dense_layers(model, tp.value_or(1));
  if (!layers.ok()) return layers.status();
  ShapeList list;
  for (const models::Layer& layer : *layers) list.shapes.push_back(layer.desc);
  return list;
}

}  // namespace jitgemm::cli
