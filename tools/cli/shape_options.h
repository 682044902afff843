// Which weight shapes: the options that `prewarm`, `bench` and `tune` share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/cli/shapes.h"

namespace jitgemm::cli {

// Pairs of --n and --k, and beside them one of --model, --hf-config and --shapes.
struct ShapeOptions {
  std::vector<int64_t> n = {}, k = {};
  std::string model = {}, hf_config = {}, file = {};
  std::optional<int> tp = {};
  int ep = 1;

  void add_to(CLI::App& app);

  // Whether the command line names any.
  bool given() const { return !n.empty() || !k.empty() || has_source(); }

  // All of them, as often as they are named; of a file, one at least is served.
  // Errors: kInvalidArgument: no pairs, a shape that is not accepted, a source that has none.
  Result<ShapeList> list() const;

 private:
  bool has_source() const { return !model.empty() || !hf_config.empty() || !file.empty(); }
  Result<ShapeList> of_source() const;
};

// The lines of `list.skipped`, on stderr.
void name_skipped(const ShapeList& list);

}  // namespace jitgemm::cli
