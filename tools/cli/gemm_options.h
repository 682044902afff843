// One GEMM of the command line: what `run`, `explain` and `cache explain` are about.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

// --n, --k and --m, all of them required.
struct GemmOptions {
  GemmDesc desc = {};
  int64_t m = 0;

  void add_to(CLI::App& app);
};

// And which GPU, launched how: a question that the planner answers.
struct PlanOptions : GemmOptions {
  std::string gpu = "H200";
  bool pdl = false;

  void add_to(CLI::App& app);

  // Errors: those of jitgemm::explain().
  Result<Explanation> explain(const Context& context) const;
};

}  // namespace jitgemm::cli
