// Weight shapes of a known model, of a model's config.json, or of a table, and the options that
// name them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/cli/csv.h"
#include "tools/models/models.h"

namespace jitgemm::cli {

struct ShapeList {
  std::vector<GemmDesc> shapes;
  std::vector<std::string> layers;   // a line for each layer of a model: name, n, k
  std::vector<std::string> skipped;  // a line for each shape that is not served, with the reason
};

// Columns `n` and `k` are required. A column `kind` tells dense rows from others. With `tp`, only
// rows with that value in a column `tp` are taken, if the table has one. Errors: kInvalidArgument.
Result<ShapeList> shapes_of_csv(const Csv& csv, std::optional<int> tp);

// Errors: kInvalidArgument.
Result<ShapeList> shapes_of_model(const std::string& model, const models::Ranks& ranks);

// Pairs of --n and --k, and at most one of --model, --hf-config and --shapes.
struct ShapeOptions {
  std::vector<int64_t> n = {}, k = {};
  std::string model = {}, hf_config = {}, file = {};
  std::optional<int> tp = {};
  int ep = 1;

  void add_to(CLI::App& app);

  // Whether the command line names any.
  bool given() const {
    return !n.empty() || !k.empty() || !model.empty() || !hf_config.empty() || !file.empty();
  }

  // All shapes, repetitions included. Names the skipped ones on stderr. Errors: kInvalidArgument
  // when --n and --k form no pairs, a shape is not accepted, a file cannot be read, or a table has
  // no row that is served.
  Result<ShapeList> list() const;

 private:
  Result<ShapeList> of_source() const;
};

}  // namespace jitgemm::cli
