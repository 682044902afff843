// Weight shapes of a known model, of a model's config.json, or of a table.
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
  std::vector<std::string> layers;   // a line for each layer of a model: name, n, k
  std::vector<std::string> skipped;  // a line for each shape that is not served, with the reason
};

// Columns `n` and `k` are required. A column `kind` tells dense rows from others. With `tp`, only
// rows with that value in a column `tp` are taken, if the table has one. Errors: kInvalidArgument.
Result<ShapeList> shapes_of_csv(std::string_view text, std::optional<int> tp);

// Errors: kInvalidArgument, which names the file.
Result<ShapeList> shapes_of_file(const std::string& path, std::optional<int> tp);

// Errors: kInvalidArgument.
Result<ShapeList> shapes_of_model(const std::string& model, const models::Ranks& ranks);

// The layers of a model's config.json. Errors: kInvalidArgument, which names the file.
Result<ShapeList> shapes_of_config(const std::string& path, const models::Ranks& ranks);

}  // namespace jitgemm::cli
