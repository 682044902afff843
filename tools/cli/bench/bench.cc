// jitgemm bench: times our kernels, cuBLASLt beside them, and compares with peers measured earlier.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/bench/help.h"
#include "tools/cli/bench/measuring_options.h"
#include "tools/cli/bench/peer.h"
#include "tools/cli/bench/points.h"
#include "tools/cli/bench/report.h"
#include "tools/cli/bench/table_file.h"
#include "tools/cli/commands.h"
#include "tools/cli/shape_options.h"
#include "tools/harness/gpu.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Chain;
using harness::Point;
using harness::Weights;
using harness::Workbench;

struct BenchArguments {
  ShapeOptions shapes;
  std::string anchors_file, csv;
  std::vector<int64_t> m;
  Form form = Form::kAuto;
  bool no_peer = false, no_check = false;
};

// Replays our chains and the peer's in turn.
Status time_point(const Workbench& bench, const Chain& ours, const Chain& ours_pdl,
                  const std::vector<Chain>& peers, BenchRow* row) {
  std::vector<const Chain*> chains = {&ours, &ours_pdl};
  for (const Chain& peer : peers) chains.push_back(&peer);
  const auto timings = harness::time_in_turn(bench, chains);
  if (!timings.ok()) return timings.status();
  row->ours = (*timings)[0];
  row->ours_pdl = (*timings)[1];
  const auto best =
      std::min_element(timings->begin() + 2, timings->end(),
                       [](const auto& a, const auto& b) { return a.median_us < b.median_us; });
  if (best != timings->end()) row->peer = *best;
  return {};
}

class Bench {
 public:
  Bench(const BenchArguments& arguments, const BenchPoints& points, const Workbench& bench,
        const Context& context, TableFile table)
      : arguments_(arguments),
        points_(points),
        bench_(bench),
        context_(context),
        table_(std::move(table)),
        peer_(BenchPeer::open(bench, !arguments.no_peer)) {}

  Status run(const Library& library) {
    Result<std::vector<Gemm>> gemms = prepare(library);
    if (!gemms.ok()) return gemms.status();
    if (!context_.json) fmt::print("{}\n{}\n", bench_.gpu->name(), bench_header());
    for (size_t i = 0; i < gemms->size(); ++i) {
      if (Status status = measure(points_.series[i], (*gemms)[i]); !status.ok()) return status;
    }
    if (!context_.json) fmt::print("\n{}", bench_summary(rows_));
    return {};
  }

  bool all_right() const {
    return std::all_of(rows_.begin(), rows_.end(),
                       [](const BenchRow& row) { return row.failure().empty(); });
  }

 private:
  // Compiles or loads all kernels before the first measurement, on all cores.
  Result<std::vector<Gemm>> prepare(const Library& library) const {
    std::vector<Gemm> gemms;
    for (const Series& series : points_.series) {
      Result<Gemm> gemm = library.gemm(series.desc);
      if (!gemm.ok()) return gemm.status();
      gemms.push_back(*std::move(gemm));
    }
    Status status = harness::in_parallel(*bench_.gpu, gemms.size(), [&](size_t i) {
      const std::vector<int64_t>& m = points_.series[i].m;
      return gemms[i].prepare(*std::max_element(m.begin(), m.end()));
    });
    if (!status.ok()) return status;
    return gemms;
  }

  Status measure(const Series& series, const Gemm& gemm) {
    const Result<Weights> weights =
        Weights::generate(bench_, series.desc, harness::copies_of(series.desc.n * series.desc.k));
    if (!weights.ok()) return weights.status();
    const auto floors = measure_floors(*weights);
    if (!floors.ok()) return floors.status();

    for (int64_t m : series.m) {
      BenchRow row{.desc = series.desc,
                   .m = m,
                   .kernel = gemm.kernel_name(m),
                   .pdl_kernel = gemm.kernel_name(m, true),
                   .floor_us = (*floors)[0].median_us,
                   .pdl_floor_us = (*floors)[1].median_us};
      if (Status status = measure_point(*weights, gemm, &row); !status.ok()) return status;
      if (Status status = publish(std::move(row)); !status.ok()) return status;
    }
    return {};
  }

  // The floor of plain launches, then that of PDL launches.
  Result<std::vector<harness::Timing>> measure_floors(const Weights& weights) const {
    const Result<Chain> plain = harness::floor_chain(bench_, weights, false);
    if (!plain.ok()) return plain.status();
    const Result<Chain> pdl = harness::floor_chain(bench_, weights, true);
    if (!pdl.ok()) return pdl.status();
    return harness::time_in_turn(bench_, {&*plain, &*pdl});
  }

  Status measure_point(const Weights& weights, const Gemm& gemm, BenchRow* row) const {
    const Result<Point> point = Point::prepare(bench_, weights, row->m);
    if (!point.ok()) return point.status();
    row->flops = point->flops();
    row->bytes = point->bytes();
    const auto launch = [&](const GemmArgs& args, Stream stream) {
      return gemm.launch(args, stream);
    };
    const auto launch_pdl = [&](GemmArgs args, Stream stream) {
      args.pdl = true;
      return gemm.launch(args, stream);
    };
    if (!arguments_.no_check) {
      const Result<harness::Check> check = point->check(bench_, launch);
      if (!check.ok()) return check.status();
      const Result<harness::Check> pdl_check = point->check(bench_, launch_pdl);
      if (!pdl_check.ok()) return pdl_check.status();
      row->check = *check;
      row->pdl_check = *pdl_check;
    }
    const Result<Chain> ours = point->chain(bench_, launch);
    if (!ours.ok()) return ours.status();
    const Result<Chain> ours_pdl = point->chain(bench_, launch_pdl);
    if (!ours_pdl.ok()) return ours_pdl.status();
    const std::vector<Chain> peers = peer_.chains(bench_, *point, !arguments_.no_check);
    return time_point(bench_, *ours, *ours_pdl, peers, row);
  }

  Status publish(BenchRow row) {
    if (auto found = points_.anchors.find({row.desc.n, row.desc.k, row.m});
        found != points_.anchors.end())
      row.anchor = found->second;
    fmt::print("{}\n", context_.json ? to_json(row).dump() : bench_line(row));
    std::fflush(stdout);
    rows_.push_back(std::move(row));
    return table_.add(to_json(rows_.back()));
  }

  const BenchArguments& arguments_;
  const BenchPoints& points_;
  const Workbench& bench_;
  const Context& context_;
  TableFile table_;
  const BenchPeer peer_;
  std::vector<BenchRow> rows_;
};

int bench(const BenchArguments& arguments, const Context& context) {
  const Result<BenchPoints> points =
      bench_points(arguments.shapes, arguments.m, arguments.anchors_file);
  if (!points.ok()) return report(points.status());
  const Result<Workbench> workbench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!workbench.ok()) return report(workbench.status());
  Options options = context.options();
  options.form = arguments.form;
  const Result<Library> library = Library::open(std::move(options));
  if (!library.ok()) return report(library.status());
  Result<TableFile> table = TableFile::create(arguments.csv);
  if (!table.ok()) return report(table.status());

  Bench bench(arguments, *points, *workbench, context, *std::move(table));
  if (Status status = bench.run(*library); !status.ok()) return report(status);
  return bench.all_right() ? kOk : kFailed;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "bench", "Time kernels on the GPU and compare them with cuBLASLt and peers.");
  auto arguments = std::make_shared<BenchArguments>();
  arguments->shapes.add_to(*command);
  add_m_list_option(*command, arguments->m)
      ->description("Tokens, separated by commas; default: the anchors' own, else 1 to 8192");
  command
      ->add_option("--anchors", arguments->anchors_file,
                   "CSV with columns n, k, m, best_us and cublaslt_us: times of peers\n"
                   "to compare with and, without shapes, the points to measure")
      ->type_name("FILE");
  command->add_option("--csv", arguments->csv, "CSV to write; 'tools/plot.py' draws it")
      ->type_name("FILE");
  add_form_option(*command, arguments->form);
  command->add_flag("--no-peer", arguments->no_peer, "Do not measure cuBLASLt");
  command->add_flag("--no-check", arguments->no_check, "Do not check the results");
  command->footer(kBenchHelp);
  command->callback([arguments, &context] { context.exit_code = bench(*arguments, context); });
}

}  // namespace jitgemm::cli
