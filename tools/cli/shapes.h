// The weight shapes to prewarm: of a known model, or of a table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

struct ShapeList {
  std::vector<GemmDesc> shapes;
  std::vector<std::string> skipped;  // one line for each row that is not served: where, and why
};

// Columns `n` and `k` are needed; a column `kind` says which rows are dense; with `tp`, only the
// rows of that value in a column `tp` count, if there is one. Errors: kInvalidArgument.
Result<ShapeList> shapes_of_csv(std::string_view text, std::optional<int> tp);

// Errors: kInvalidArgument, which names the file.
Result<ShapeList> shapes_of_file(const std::string& path, std::optional<int> tp);

// Errors: kInvalidArgument.
Result<ShapeList> shapes_of_model(const std::string& model, std::optional<int> tp);

}  // namespace jitgemm::cli
