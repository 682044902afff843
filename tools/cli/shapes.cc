// A row of a table gives a shape, an error, or, if it is not served, a line in `skipped`. Rows of
// another tp are ignored.
#include "tools/cli/shapes.h"

#include <fmt/format.h>
#include <strings.h>

#include <cstdint>
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

bool is_dense(const std::string& kind) {
  return strcasecmp(std::string(trim(kind)).c_str(), "dense") == 0;
}

Status add_row(const Csv& csv, const Columns& columns, const CsvRow& row, ShapeList& list) {
  if (columns.kind && !is_dense(row.fields[*columns.kind])) {
    list.skipped.push_back(fmt::format("line {}: kind = '{}' is not dense", row.line,
                                       trim(row.fields[*columns.kind])));
    return {};
  }
  const Result<int64_t> n = csv.number<int64_t>(row, columns.n);
  if (!n.ok()) return n.status();
  const Result<int64_t> k = csv.number<int64_t>(row, columns.k);
  if (!k.ok()) return k.status();
  const GemmDesc desc{.n = *n, .k = *k};
  if (const Status status = validate(desc); !status.ok())
    list.skipped.push_back(fmt::format("line {}: {}", row.line, status.message()));
  else
    list.shapes.push_back(desc);
  return {};
}

Status in_file(const std::string& path, const Status& status) {
  return {status.code(), fmt::format("{}: {}", path, status.message())};
}

ShapeList shapes_of_layers(const std::vector<models::Layer>& layers) {
  ShapeList list;
  for (const models::Layer& layer : layers) {
    std::string line =
        fmt::format("{:<28} n {:>6}  k {:>6}", layer.name, layer.desc.n, layer.desc.k);
    if (layer.not_served.empty()) {
      list.shapes.push_back(layer.desc);
      list.layers.push_back(std::move(line));
    } else {
      list.skipped.push_back(fmt::format("{}: {}", line, layer.not_served));
    }
  }
  return list;
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
      const Result<int64_t> row_tp = csv->number<int64_t>(row, *columns->tp);
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
  const Result<std::string> text = read_text(path);
  if (!text.ok()) return text.status();
  Result<ShapeList> list = shapes_of_csv(*text, tp);
  if (!list.ok()) return in_file(path, list.status());
  return list;
}

Result<ShapeList> shapes_of_model(const std::string& model, const models::Ranks& ranks) {
  const Result<models::Config> config = models::known(model);
  if (!config.ok()) return config.status();
  const Result<std::vector<models::Layer>> layers = models::layers_of(*config, ranks);
  if (!layers.ok())
    return Status(layers.status().code(), fmt::format("{}: {}", model, layers.status().message()));
  return shapes_of_layers(*layers);
}

Result<ShapeList> shapes_of_config(const std::string& path, const models::Ranks& ranks) {
  const Result<std::string> text = read_text(path);
  if (!text.ok()) return text.status();
  const Result<models::Config> config = models::parse_config(*text);
  if (!config.ok()) return in_file(path, config.status());
  const Result<std::vector<models::Layer>> layers = models::layers_of(*config, ranks);
  if (!layers.ok()) return in_file(path, layers.status());
  return shapes_of_layers(*layers);
}

}  // namespace jitgemm::cli
