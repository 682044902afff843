// One GEMM on the command line, for `run`, `explain` and `cache explain`.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

// --bias none|bf16|fp32
void add_bias_option(CLI::App& app, BiasType& bias);

// --n, --k and --m, all required.
struct GemmOptions {
  GemmDesc desc = {};
  int64_t m = 0;

  void add_to(CLI::App& app);
};

// The same with a bias type, a GPU and a kind of launch: a question for the planner.
struct PlanOptions : GemmOptions {
  std::string gpu = "H200";
  bool pdl = false;

  void add_to(CLI::App& app);

  // Errors: those of jitgemm::explain().
  Result<Explanation> explain(const Context& context) const;
};

}  // namespace jitgemm::cli
