#include "tools/cli/shape_options.h"

#include <fmt/format.h>

#include <cstdio>

#include <jitgemm/inspect.h>

namespace jitgemm::cli {

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
  if (!hf_config.empty()) return shapes_of_config(hf_config, ranks);
  if (file.empty()) return ShapeList{};
  Result<ShapeList> list = shapes_of_file(file, tp);
  if (list.ok() && list->shapes.empty())
    return Status(StatusCode::kInvalidArgument, file + ": no row is served");
  return list;
}

Result<ShapeList> ShapeOptions::list() const {
  if (n.size() != k.size())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("{} values of --n and {} of --k make no pairs", n.size(), k.size()));
  Result<ShapeList> list = of_source();
  for (size_t i = 0; list.ok() && i < n.size(); ++i) {
    const GemmDesc desc{.n = n[i], .k = k[i]};
    if (Status status = validate(desc); !status.ok()) return status;
    list->shapes.push_back(desc);
  }
  return list;
}

void name_skipped(const ShapeList& list) {
  if (!list.skipped.empty()) fmt::print(stderr, "{} not served:\n", list.skipped.size());
  for (const std::string& line : list.skipped) fmt::print(stderr, "  {}\n", line);
}

}  // namespace jitgemm::cli
