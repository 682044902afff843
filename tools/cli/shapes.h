// Weight shapes: of a model, known or described by its config.json, or of a table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/models/layers.h"

namespace jitgemm::cli {

struct ShapeList {
  std::vector<GemmDesc> shapes;
  std::vector<std::string> layers;   // one line for each layer of a model: name, n, k
  std::vector<std::string> skipped;  // one line for each that is not served: which, and why
};

// Columns `n` and `k` are needed; a column `kind` says which rows are dense; with `tp`, only the
// rows of that value in a column `tp` count, if there is one. Errors: kInvalidArgument.
Result<ShapeList> shapes_of_csv(std::string_view text, std::optional<int> tp);

// Errors: kInvalidArgument, which names the file.
Result<ShapeList> shapes_of_file(const std::string& path, std::optional<int> tp);

// Errors: kInvalidArgument.
Result<ShapeList> shapes_of_model(const std::string& model, const models::Ranks& ranks);

// Of a model's config.json. Errors: kInvalidArgument, which names the file.
Result<ShapeList> shapes_of_config(const std::string& path, const models::Ranks& ranks);

}  // namespace jitgemm::cli
