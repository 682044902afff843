// The options that name weight shapes, shared by `prewarm`, `bench` and `tune`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/cli/shapes.h"

namespace jitgemm::cli {

// Pairs of --n and --k, and at most one of --model, --hf-config and --shapes.
struct ShapeOptions {
  std::vector<int64_t> n = {}, k = {};
  std::string model = {}, hf_config = {}, file = {};
  std::optional<int> tp = {};
  int ep = 1;

  void add_to(CLI::App& app);

  // Whether the command line names any.
  bool given() const { return !n.empty() || !k.empty() || has_source(); }

  // All shapes, repetitions included. Errors: kInvalidArgument when --n and --k form no pairs, a
  // shape is not accepted, or a table has no row that is served.
  Result<ShapeList> list() const;

 private:
  bool has_source() const { return !model.empty() || !hf_config.empty() || !file.empty(); }
  Result<ShapeList> of_source() const;
};

// The lines of `list.skipped`, on stderr.
void name_skipped(const ShapeList& list);

}  // namespace jitgemm::cli
