// jitgemm tune: every kernel that could serve a point, checked and timed: the planner's choice
// against the best.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/distinct_shapes.h"
#include "tools/cli/commands.h"
#include "tools/cli/measuring_options.h"
#include "tools/cli/shape_options.h"
#include "tools/cli/table_file.h"
#include "tools/harness/config_list.h"
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
  harness::TuneOptions tuning;
  bool pdl = false;
  std::string csv, configs_file, write_table;
};

nlohmann::ordered_json row_of(const GemmDesc& desc, int64_t m, size_t rank, double best_us,
                              const Contender& contender) {
  return {{"n", desc.n},
          {"k", desc.k},
          {"m", m},
          {"pdl", contender.pdl},
          {"rank", rank},
          {"kernel", contender.config.name()},
          {"stages_ahead", contender.overlap.stages_ahead},
          {"stages_fetched", contender.overlap.stages_fetched},
          {"release", contender.overlap.release_early ? "early" : "late"},
          {"chosen", contender.chosen},
          {"us", contender.us},
          {"over_best", best_us > 0 ? contender.us / best_us : 0},
          {"predicted_us", contender.predicted_us},
          {"relative_error", contender.relative_error},
          {"failure", std::string(contender.failure.message())}};
}

void print(size_t rank, double best_us, const Contender& contender) {
  fmt::print(
      "{:>4}. {:>8.2f} us  {:>6.3f}  model {:>8.2f}  {}, {}{}{}\n", rank, contender.us,
      best_us > 0 ? contender.us / best_us : 0, contender.predicted_us, contender.config.name(),
      contender.overlap.text(), contender.chosen ? "  <- planner" : "",
      contender.failure.ok() ? "" : fmt::format("  FAILED: {}", contender.failure.message()));
}

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

// The chains that are wanted and, for each of them, the points that the table lacks.
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
    std::optional<Weights> weights;  // of one shape at a time
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

  // A table has a column for each chain.
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
  name_skipped(*list);
  if (!list->shapes.empty()) return distinct(list->shapes);
  return Status(StatusCode::kInvalidArgument,
                "tune needs shapes: --model, --hf-config, --shapes, or --n and --k");
}

Result<bool> tune(TuneArguments arguments, const Context& context) {
  if (Status status = valid_m(arguments.m); !status.ok()) return status;
  const Result<std::vector<GemmDesc>> shapes = shapes_of(arguments.shapes);
  if (!shapes.ok()) return shapes.status();
  auto configs = harness::read_config_list(arguments.configs_file);
  if (!configs.ok()) return configs.status();
  arguments.tuning.configs = *std::move(configs);
  const Result<Workbench> bench = Workbench::open(context.driver_path, context.nvrtc_path);
  if (!bench.ok()) return bench.status();
  Result<TableFile> csv = TableFile::create(arguments.csv);
  if (!csv.ok()) return csv.status();
  std::optional<TuningFile> table;
  if (!arguments.write_table.empty()) {
    Result<TuningFile> opened =
        TuningFile::open(arguments.write_table, bench->gpu->model(), arguments.m);
    if (!opened.ok()) return opened.status();
    table = *std::move(opened);
  }
  const auto tuner = Tuner::open(*bench, context.options(), arguments.tuning);
  if (!tuner.ok()) return tuner.status();

  Tuning tuning(arguments, *bench, context.json, **tuner, *std::move(csv), std::move(table));
  if (Status status = tuning.tune(*shapes); !status.ok()) return status;
  return tuning.all_right();
}

}  // namespace

void add_tune(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("tune",
                         "Rank the kernels that could serve a shape by their time.\n"
                         "Compiles and checks them all, screens them, and measures the fastest\n"
                         "as 'bench' does: where does the planner's choice stand among them?");
  auto arguments = std::make_shared<TuneArguments>();
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
  CLI::Option* pdl =
      command->add_flag("--pdl", arguments->pdl, "Time chains with programmatic dependent launch");
  command
      ->add_option("--write-table", arguments->write_table,
                   "Tuning table to which the winners are appended, of plain chains\n"
                   "and of PDL; points that it has already are passed over")
      ->type_name("FILE")
      ->excludes(pdl);
  command->add_option("--csv", arguments->csv, "Where to write the rows")->type_name("FILE");
  command->callback([arguments, &context] {
    const Result<bool> right = tune(*arguments, context);
    context.exit_code = !right.ok() ? report(right.status()) : *right ? kOk : kFailed;
  });
}

}  // namespace jitgemm::cli
