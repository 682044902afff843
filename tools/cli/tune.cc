// jitgemm tune: every kernel that could serve a point, checked and timed: the planner's choice
// against the best.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/measuring_options.h"
#include "tools/cli/table_file.h"
#include "tools/harness/config_name.h"
#include "tools/harness/operands.h"
#include "tools/harness/tuner.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Contender;
using harness::Tuner;
using harness::Weights;
using harness::Workbench;

constexpr size_t kShown = 5;

struct Arguments {
  ShapeOptions shapes;
  std::vector<int64_t> m = {1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
  harness::TuneOptions tuning;
  std::string csv, configs_file;
};

nlohmann::ordered_json row_of(const GemmDesc& desc, int64_t m, size_t rank, double best_us,
                              const Contender& contender) {
  return {{"n", desc.n},
          {"k", desc.k},
          {"m", m},
          {"rank", rank},
          {"kernel", contender.config.name()},
          {"chosen", contender.chosen},
          {"us", contender.us},
          {"over_best", best_us > 0 ? contender.us / best_us : 0},
          {"predicted_us", contender.predicted_us},
          {"relative_error", contender.relative_error},
          {"failure", std::string(contender.failure.message())}};
}

void print(size_t rank, double best_us, const Contender& contender) {
  fmt::print(
      "{:>4}. {:>8.2f} us  {:>6.3f}  model {:>8.2f}  {}{}{}\n", rank, contender.us,
      best_us > 0 ? contender.us / best_us : 0, contender.predicted_us, contender.config.name(),
      contender.chosen ? "  <- planner" : "",
      contender.failure.ok() ? "" : fmt::format("  FAILED: {}", contender.failure.message()));
}

// False when a kernel failed.
Result<bool> publish(const GemmDesc& desc, int64_t m, const std::vector<Contender>& contenders,
                     bool json, TableFile& table) {
  bool all_right = true;
  const double best_us = contenders.front().us;
  if (!json) fmt::print("\nn = {}, k = {}, m = {}\n", desc.n, desc.k, m);
  for (size_t i = 0; i < contenders.size(); ++i) {
    const Contender& contender = contenders[i];
    all_right = all_right && contender.failure.ok();
    const nlohmann::ordered_json row = row_of(desc, m, i + 1, best_us, contender);
    if (Status status = table.add(row); !status.ok()) return status;
    if (json)
      fmt::print("{}\n", row.dump());
    else if (i < kShown || contender.chosen || !contender.failure.ok())
      print(i + 1, best_us, contender);
  }
  std::fflush(stdout);
  return all_right;
}

Result<bool> tune_shape(const GemmDesc& desc, const Arguments& arguments, const Workbench& bench,
                        bool json, Tuner& tuner, TableFile& table) {
  const Result<Weights> weights =
      Weights::generate(bench, desc, harness::copies_of(desc.n * desc.k));
  if (!weights.ok()) return weights.status();
  bool all_right = true;
  for (int64_t m : arguments.m) {
    const Result<std::vector<Contender>> contenders = tuner.rank(*weights, m);
    if (!contenders.ok()) return contenders.status();
    const Result<bool> right = publish(desc, m, *contenders, json, table);
    if (!right.ok()) return right;
    all_right = all_right && *right;
  }
  return all_right;
}

int tune(Arguments arguments, const Context& context) {
  if (Status status = valid_m(arguments.m); !status.ok()) return report(status);
  const Result<std::vector<GemmDesc>> shapes = arguments.shapes.shapes();
  if (!shapes.ok()) return report(shapes.status());
  if (shapes->empty()) return report({StatusCode::kInvalidArgument, "tune needs --n and --k"});
  auto configs = harness::read_config_names(arguments.configs_file);
  if (!configs.ok()) return report(configs.status());
  arguments.tuning.configs = *std::move(configs);
  const Result<Workbench> bench = Workbench::open(context.driver_path, context.nvrtc_path);
  if (!bench.ok()) return report(bench.status());
  Result<TableFile> table = TableFile::create(arguments.csv);
  if (!table.ok()) return report(table.status());

  Tuner tuner(*bench, context.options(), arguments.tuning);
  bool all_right = true;
  for (const GemmDesc& desc : *shapes) {
    const Result<bool> right = tune_shape(desc, arguments, *bench, context.json, tuner, *table);
    if (!right.ok()) return report(right.status());
    all_right = all_right && *right;
  }
  return all_right ? kOk : kFailed;
}

}  // namespace

void add_tune(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("tune",
                         "Rank the kernels that could serve a shape by their time.\n"
                         "Compiles and checks them all, screens them, and measures the fastest as "
                         "'bench' does: where does\n"
                         "the planner's choice stand among them?");
  auto arguments = std::make_shared<Arguments>();
  arguments->shapes.add_to(*command);
  add_m_list_option(*command, arguments->m)->capture_default_str();
  command
      ->add_option("--top", arguments->tuning.top,
                   "Kernels to try for each M, best first by the model")
      ->type_name("T")
      ->capture_default_str();
  command
      ->add_option("--configs", arguments->configs_file,
                   "Kernels to try instead, one name a line:\n"
                   "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4")
      ->type_name("FILE");
  add_form_option(*command, arguments->tuning.form);
  command->add_flag("--pdl", arguments->tuning.pdl,
                    "Time chains with programmatic dependent launch");
  command->add_option("--csv", arguments->csv, "Where to write the rows")->type_name("FILE");
  command->callback([arguments, &context] { context.exit_code = tune(*arguments, context); });
}

}  // namespace jitgemm::cli
