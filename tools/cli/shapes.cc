// A row of a table gives a shape, an error, or, if it is not served, a line in `skipped`. Rows of
// another tp are ignored.
#include "tools/cli/shapes.h"

#include <fmt/format.h>
#include <strings.h>

#include <cstdint>
#include <cstdio>
#include <utility>

#include <jitgemm/inspect.h>
#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

Status add_row(const Csv& csv, const CsvRow& row, ShapeList& list) {
  const std::string kind(csv.text(row, "kind").value_or("dense"));
  if (strcasecmp(kind.c_str(), "dense") != 0) {
    list.skipped.push_back(fmt::format("line {}: kind = '{}' is not dense", row.line, kind));
    return {};
  }
  GemmDesc desc;
  Status status = csv.read(row, "n", &desc.n);
  if (status.ok()) status = csv.read(row, "k", &desc.k);
  if (!status.ok()) return status;
  if (const Status refused = validate(desc); !refused.ok())
    list.skipped.push_back(fmt::format("line {}: {}", row.line, refused.message()));
  else
    list.shapes.push_back(desc);
  return {};
}

// The layers of a model, or of a file.
Result<ShapeList> shapes_of_config(const std::string& name, const Result<models::Config>& config,
                                   const models::Ranks& ranks) {
  if (!config.ok()) return in_file(name, config.status());
  const Result<std::vector<models::Layer>> layers = models::layers_of(*config, ranks);
  if (!layers.ok()) return in_file(name, layers.status());
  ShapeList list;
  for (const models::Layer& layer : *layers) {
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

Result<ShapeList> shapes_of_table(const std::string& path, std::optional<int> tp) {
  const Result<Csv> csv = read_csv(path);
  if (!csv.ok()) return csv.status();
  Result<ShapeList> list = shapes_of_csv(*csv, tp);
  if (!list.ok()) return in_file(path, list.status());
  if (!list->shapes.empty()) return list;
  return Status(StatusCode::kInvalidArgument, path + ": no row is served");
}

}  // namespace

Result<ShapeList> shapes_of_csv(const Csv& csv, std::optional<int> tp) {
  ShapeList list;
  for (const CsvRow& row : csv.rows) {
    if (tp && csv.text(row, "tp")) {
      int row_tp = 0;
      if (Status status = csv.read(row, "tp", &row_tp); !status.ok()) return status;
      if (row_tp != *tp) continue;
    }
    if (Status status = add_row(csv, row, list); !status.ok()) return status;
  }
  if (!list.shapes.empty() || !list.skipped.empty()) return list;
  return Status(StatusCode::kInvalidArgument,
                csv.rows.empty() ? "no rows" : fmt::format("no row has tp = {}", *tp));
}

Result<ShapeList> shapes_of_model(const std::string& model, const models::Ranks& ranks) {
  return shapes_of_config(model, models::known(model), ranks);
}

void ShapeOptions::add_to(CLI::App& app) {
  app.add_option("--n", n, "Outputs, a multiple of 8; one for each --k")->type_name("N");
  app.add_option("--k", k, "Inner dimension, a multiple of 16; one for each --n")->type_name("K");
  CLI::Option* of_model =
      app.add_option("--model", model,
                     "Dense layers of a model; 'jitgemm prewarm --model list' lists\n"
                     "the models")
          ->type_name("NAME");
  CLI::Option* of_config =
      app.add_option("--hf-config", hf_config,
                     "Layers of a model's config.json. Layers that are not served\n"
                     "(experts, other quantisations) are named and skipped")
          ->type_name("FILE")
          ->excludes(of_model);
  app.add_option("--shapes", file,
                 "CSV with columns n and k. With a column kind, rows of other\n"
                 "kinds than dense are named and skipped")
      ->type_name("FILE")
      ->excludes(of_model)
      ->excludes(of_config);
  app.add_option("--tp", tp,
                 "Tensor-parallel ranks: splits a model's layers (default 1),\n"
                 "or selects the rows of a table by its column tp")
      ->type_name("N");
  app.add_option("--ep", ep, "Expert-parallel ranks of a model with experts")
      ->type_name("N")
      ->capture_default_str();
}

Result<ShapeList> ShapeOptions::of_source() const {
  const models::Ranks ranks = {.tensor = tp.value_or(1), .expert = ep};
  if (!model.empty()) return shapes_of_model(model, ranks);
  if (!file.empty()) return shapes_of_table(file, tp);
  if (hf_config.empty()) return ShapeList{};
  const Result<std::string> text = read_file(hf_config);
  if (!text.ok()) return text.status();
  return shapes_of_config(hf_config, models::parse_config(*text), ranks);
}

Result<ShapeList> ShapeOptions::list() const {
  if (n.size() != k.size())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("{} values of --n and {} of --k make no pairs", n.size(), k.size()));
  Result<ShapeList> list = of_source();
  if (!list.ok()) return list;
  for (size_t i = 0; i < n.size(); ++i) {
    const GemmDesc desc{.n = n[i], .k = k[i]};
    if (Status status = validate(desc); !status.ok()) return status;
    list->shapes.push_back(desc);
  }
  if (!list->skipped.empty()) fmt::print(stderr, "{} not served:\n", list->skipped.size());
  for (const std::string& line : list->skipped) fmt::print(stderr, "  {}\n", line);
  return list;
}

}  // namespace jitgemm::cli
