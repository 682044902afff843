// jitgemm tune: checks and times all kernels that could serve a point, and compares the planner's
// choice with the fastest.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/distinct_shapes.h"
#include "tools/cli/bench/report.h"
#include "tools/cli/commands.h"
#include "tools/cli/csv.h"
#include "tools/cli/gemm_options.h"
#include "tools/cli/shapes.h"
#include "tools/harness/operands.h"
#include "tools/harness/tuner.h"
#include "tools/harness/tuning_file.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Contender;
using harness::Tuner;
using harness::TuningFile;
using harness::Weights;
using harness::Workbench;

constexpr size_t kShown = 5;

struct TuneArguments {
  ShapeOptions shapes;
  std::vector<int64_t> m = {1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
  harness::TuneOptions options;
  bool pdl = false;
  std::string csv, configs_file, write_table;
};

// False when a kernel failed.
Result<bool> publish(const GemmDesc& desc, int64_t m, const std::vector<Contender>& contenders,
                     bool json, TableFile& table) {
  bool all_right = true;
  const double best_us = contenders.front().us;
  if (!json)
    fmt::print("\nn = {}, k = {}, m = {}{}\n", desc.n, desc.k, m,
               contenders.front().pdl ? ", PDL" : "");
  for (size_t i = 0; i < contenders.size(); ++i) {
    const Contender& contender = contenders[i];
    all_right = all_right && contender.failure.ok();
    const RankedKernel ranked = {desc, m, i + 1, best_us, contender};
    const Json row = to_json(ranked);
    if (Status status = table.add(row); !status.ok()) return status;
    if (json)
      fmt::print("{}\n", row.dump());
    else if (i < kShown || contender.chosen || !contender.failure.ok())
      fmt::print("{}\n", tune_line(ranked));
  }
  std::fflush(stdout);
  return all_right;
}

// Tunes, for each kind of launch that is wanted, the points that the table lacks.
class Tuning {
 public:
  Tuning(const TuneArguments& arguments, const Workbench& bench, bool json, Tuner& tuner,
         TableFile csv, std::optional<TuningFile> table)
      : arguments_(arguments),
        bench_(bench),
        json_(json),
        tuner_(tuner),
        csv_(std::move(csv)),
        table_(std::move(table)) {}

  Status tune(const std::vector<GemmDesc>& shapes) {
    const std::vector<Item> items = items_of(shapes);
    std::optional<Weights> weights;  // of the current shape
    for (size_t i = 0; i < items.size(); ++i) {
      const Item& item = items[i];
      if (i + 1 < items.size())
        tuner_.foresee(*items[i + 1].desc, items[i + 1].m, items[i + 1].pdl);
      if (i == 0 || items[i - 1].desc != item.desc) {
        weights.reset();
        const GemmDesc& desc = *item.desc;
        Result<Weights> made = Weights::generate(bench_, desc, harness::copies_of(desc.n * desc.k));
        if (!made.ok()) return made.status();
        weights = *std::move(made);
      }
      if (Status status = tune_item(*weights, item); !status.ok()) return status;
    }
    return {};
  }

  bool all_right() const { return all_right_; }

 private:
  struct Item {
    const GemmDesc* desc;
    int64_t m;
    bool pdl;
  };

  std::vector<Item> items_of(const std::vector<GemmDesc>& shapes) const {
    std::vector<Item> items;
    for (const GemmDesc& desc : shapes)
      for (int64_t m : arguments_.m)
        for (bool pdl : chains())
          if (!table_ || !table_->has(desc, m, pdl)) items.push_back({&desc, m, pdl});
    return items;
  }

  // A tuning table has a column for each kind of launch.
  std::vector<bool> chains() const {
    if (table_) return {false, true};
    return {arguments_.pdl};
  }

  Status tune_item(const Weights& weights, const Item& item) {
    const Result<std::vector<Contender>> contenders = tuner_.rank(weights, item.m, item.pdl);
    if (!contenders.ok()) return contenders.status();
    const Result<bool> right = publish(*item.desc, item.m, *contenders, json_, csv_);
    if (!right.ok()) return right.status();
    all_right_ = all_right_ && *right;
    const Contender& winner = contenders->front();
    return table_ && winner.failure.ok() ? table_->add(item.m, item.pdl, winner) : Status();
  }

  const TuneArguments& arguments_;
  const Workbench& bench_;
  const bool json_;
  Tuner& tuner_;
  TableFile csv_;
  std::optional<TuningFile> table_;
  bool all_right_ = true;
};

Result<std::vector<GemmDesc>> shapes_of(const ShapeOptions& options) {
  const Result<ShapeList> list = options.list();
  if (!list.ok()) return list.status();
  if (!list->shapes.empty()) return distinct(list->shapes);
  return Status(StatusCode::kInvalidArgument,
                "tune needs shapes: --model, --hf-config, --shapes, or --n and --k");
}

int tune(const TuneArguments& arguments, const Context& context) {
  if (Status status = valid_m(arguments.m); !status.ok()) return report(status);
  const Result<std::vector<GemmDesc>> shapes = shapes_of(arguments.shapes);
  if (!shapes.ok()) return report(shapes.status());
  auto configs = harness::read_config_list(arguments.configs_file);
  if (!configs.ok()) return report(configs.status());
  const Result<Workbench> bench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!bench.ok()) return report(bench.status());
  Result<TableFile> csv = TableFile::create(arguments.csv);
  if (!csv.ok()) return report(csv.status());
  std::optional<TuningFile> table;
  if (!arguments.write_table.empty()) {
    Result<TuningFile> opened =
        TuningFile::open(arguments.write_table, bench->gpu->model(), arguments.m);
    if (!opened.ok()) return report(opened.status());
    table = *std::move(opened);
  }
  harness::TuneOptions options = arguments.options;
  options.configs = *std::move(configs);
  const auto tuner = Tuner::open(*bench, context.options(), std::move(options));
  if (!tuner.ok()) return report(tuner.status());

  Tuning tuning(arguments, *bench, context.json, **tuner, *std::move(csv), std::move(table));
  if (Status status = tuning.tune(*shapes); !status.ok()) return report(status);
  return tuning.all_right() ? kOk : kFailed;
}

}  // namespace

void add_tune(CLI::App& app, Context& context) {
  const auto [command, arguments] = add_command(app, "tune", tune, context);
  command->description(
      "Rank the kernels that could serve a shape by their time.\n"
      "Compiles, checks and screens all of them, measures the fastest as 'bench'\n"
      "does, and shows the rank of the planner's choice.");
  arguments.shapes.add_to(*command);
  add_m_list_option(*command, arguments.m)->capture_default_str();
  command
      ->add_option("--top", arguments.options.top,
                   "Kernels to try for each M, in the order of the planner's model")
      ->type_name("T")
      ->capture_default_str();
  command
      ->add_option("--configs", arguments.configs_file,
                   "Kernels to try instead, one name per line:\n"
                   "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4")
      ->type_name("FILE");
  add_form_option(*command, arguments.options.form);
  CLI::Option* pdl =
      command->add_flag("--pdl", arguments.pdl, "Time programmatic dependent launch (PDL)");
  command
      ->add_option("--write-table", arguments.write_table,
                   "Tuning table to which the fastest kernels of plain and of PDL\n"
                   "launches are appended; points that it has are skipped")
      ->type_name("FILE")
      ->excludes(pdl);
  command->add_option("--csv", arguments.csv, "CSV to write")->type_name("FILE");
}

}  // namespace jitgemm::cli
