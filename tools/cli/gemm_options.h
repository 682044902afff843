// Options of GEMMs that several subcommands share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

// An option that takes one of these words, in any case.
template <typename Value>
CLI::Option* add_choice(CLI::App& app, const char* name, Value& value, const char* type,
                        const std::map<std::string, Value>& words, const char* help) {
  return app.add_option(name, value, help)
      ->transform(CLI::CheckedTransformer(words, CLI::ignore_case).description(""))
      ->type_name(type);
}

// The names of quantisers: quantize, silu_mul, gelu_mul, rms_norm.
const std::map<std::string, QuantizeOp>& quantize_ops();

// --bias none|bf16|fp32
void add_bias_option(CLI::App& app, BiasType& bias);
// --form auto|swapped|normal
void add_form_option(CLI::App& app, Form& form);

// --m LIST
CLI::Option* add_m_list_option(CLI::App& app, std::vector<int64_t>& m);
// Errors: kInvalidArgument, which names the value outside 1 .. kMaxDimension.
Status valid_m(const std::vector<int64_t>& m);

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
