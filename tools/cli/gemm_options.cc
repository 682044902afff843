#include "tools/cli/gemm_options.h"

#include <fmt/format.h>

namespace jitgemm::cli {

const std::map<std::string, QuantizeOp>& quantize_ops() {
  static const std::map<std::string, QuantizeOp> ops = {{"quantize", QuantizeOp::kQuantize},
                                                        {"silu_mul", QuantizeOp::kSiluMul},
                                                        {"gelu_mul", QuantizeOp::kGeluMul},
                                                        {"rms_norm", QuantizeOp::kRmsNorm}};
  return ops;
}

void add_bias_option(CLI::App& app, BiasType& bias) {
  add_choice(app, "--bias", bias, "TYPE",
             {{"none", BiasType::kNone}, {"bf16", BiasType::kBf16}, {"fp32", BiasType::kFp32}},
             "Type of the bias of launches: none (default), bf16 or fp32");
}

void add_form_option(CLI::App& app, Form& form) {
  add_choice(app, "--form", form, "FORM",
             {{"auto", Form::kAuto}, {"swapped", Form::kSwapped}, {"normal", Form::kNormal}},
             "Kernel form: auto (default), swapped or normal");
}

CLI::Option* add_m_list_option(CLI::App& app, std::vector<int64_t>& m) {
  return app.add_option("--m", m, "Tokens, separated by commas")->delimiter(',')->type_name("LIST");
}

Status valid_m(const std::vector<int64_t>& m) {
  for (int64_t each : m)
    if (each < 1 || each > kMaxDimension)
      return {StatusCode::kInvalidArgument,
              fmt::format("m = {} is not between 1 and {}", each, kMaxDimension)};
  return {};
}

void GemmOptions::add_to(CLI::App& app) {
  app.add_option("--n", desc.n, "Outputs, a multiple of 8")->required()->type_name("N");
  app.add_option("--k", desc.k, "Inner dimension, a multiple of 16")->required()->type_name("K");
  app.add_option("--m", m, "Tokens")->required()->type_name("M");
}

void PlanOptions::add_to(CLI::App& app) {
  GemmOptions::add_to(app);
  add_bias_option(app, desc.bias);
  app.add_option("--gpu", gpu, "GPU to plan for; 'jitgemm prewarm --gpu list' lists them")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_flag("--pdl", pdl, "Plan for programmatic dependent launch (PDL)");
}

Result<Explanation> PlanOptions::explain(const Context& context) const {
  return jitgemm::explain(desc, m, gpu,
                          {.tuning_table = context.library.tuning_table,
                           .embedded_table = context.library.embedded_table,
                           .pdl = pdl,
                           .batch_invariant = context.library.batch_invariant});
}

}  // namespace jitgemm::cli
