// jitgemm bench: times our kernels, cuBLASLt beside them, and compares with peers measured earlier.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tools/cli/bench/peer.h"
#include "tools/cli/bench/points.h"
#include "tools/cli/bench/quantizers.h"
#include "tools/cli/bench/report.h"
#include "tools/cli/commands.h"
#include "tools/cli/csv.h"
#include "tools/cli/gemm_options.h"
#include "tools/cli/shapes.h"
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
  bool no_peer = false, no_check = false;
  QuantizerOptions quantizer;
};

class Bench {
 public:
  Bench(const BenchArguments& arguments, const BenchPoints& points, const Workbench& bench,
        const Library& library, const Context& context, TableFile table)
      : arguments_(arguments),
        points_(points),
        bench_(bench),
        library_(library),
        context_(context),
        table_(std::move(table)),
        peer_(arguments.no_peer ? nullptr : open_peer(bench)) {}

  Status run() {
    if (Status status = prepare(); !status.ok()) return status;
    if (!context_.json) fmt::print("{}\n{}\n", bench_.gpu->name(), bench_header());
    for (const Series& series : points_.series)
      if (Status status = measure(series); !status.ok()) return status;
    if (!context_.json) fmt::print("\n{}", bench_summary(rows_));
    return {};
  }

  bool all_right() const {
    return std::all_of(rows_.begin(), rows_.end(),
                       [](const BenchRow& row) { return row.failure().empty(); });
  }

 private:
  // Compiles or loads all kernels before the first measurement, on all cores.
  Status prepare() const {
    PrepareRequest request{.m_max = 1,
                           .threads = int(std::max(1u, std::thread::hardware_concurrency()))};
    for (const Series& series : points_.series) {
      request.shapes.push_back(series.desc);
      request.m_max = std::max(request.m_max, std::ranges::max(series.m));
    }
    const Result<PrepareReport> prepared = library_.prepare(request);
    if (!prepared.ok()) return prepared.status();
    return prepared->errors.empty() ? Status() : prepared->errors.front();
  }

  Status measure(const Series& series) {
    const Result<Gemm> gemm = library_.gemm(series.desc);
    if (!gemm.ok()) return gemm.status();
    const Result<Weights> weights =
        Weights::generate(bench_, series.desc, harness::copies_of(series.desc.n * series.desc.k));
    if (!weights.ok()) return weights.status();
    const auto floors = measure_floors(*weights);
    if (!floors.ok()) return floors.status();

    for (int64_t m : series.m) {
      BenchRow row{.desc = series.desc,
                   .m = m,
                   .kernel = gemm->kernel_name(m),
                   .pdl_kernel = gemm->kernel_name(m, true),
                   .floor_us = (*floors)[0].median_us,
                   .pdl_floor_us = (*floors)[1].median_us};
      if (Status status = measure_point(*weights, *gemm, &row); !status.ok()) return status;
      if (Status status = publish(std::move(row)); !status.ok()) return status;
    }
    return {};
  }

  // The floor of plain launches, then that of PDL launches.
  Result<std::vector<harness::Timing>> measure_floors(const Weights& weights) const {
    std::vector<Chain> chains;
    for (bool pdl : {false, true}) {
      Result<Chain> chain = harness::floor_chain(bench_, weights, pdl);
      if (!chain.ok()) return chain.status();
      chains.push_back(*std::move(chain));
    }
    return harness::time_in_turn(bench_, chains);
  }

  Status measure_point(const Weights& weights, const Gemm& gemm, BenchRow* row) const {
    const Result<Point> point = Point::prepare(bench_, weights, row->m);
    if (!point.ok()) return point.status();
    row->flops = point->flops();
    row->bytes = point->bytes();
    std::vector<Chain> chains;  // plain, PDL, and the peer's
    for (bool pdl : {false, true}) {
      const auto launch = [&](GemmArgs args, Stream stream) {
        args.pdl = pdl;
        return gemm.launch(args, stream);
      };
      if (!arguments_.no_check) {
        const Result<harness::Check> check = point->check(bench_, launch);
        if (!check.ok()) return check.status();
        (pdl ? row->pdl_check : row->check) = *check;
      }
      Result<Chain> chain = point->chain(bench_, launch);
      if (!chain.ok()) return chain.status();
      chains.push_back(*std::move(chain));
    }
    if (peer_)
      for (Chain& chain : peer_chains(*peer_, bench_, *point, !arguments_.no_check))
        chains.push_back(std::move(chain));
    return time_point(chains, row);
  }

  Status time_point(const std::vector<Chain>& chains, BenchRow* row) const {
    const auto timings = harness::time_in_turn(bench_, chains);
    if (!timings.ok()) return timings.status();
    row->ours = (*timings)[0];
    row->ours_pdl = (*timings)[1];
    const auto best =
        std::min_element(timings->begin() + 2, timings->end(),
                         [](const auto& a, const auto& b) { return a.median_us < b.median_us; });
    if (best != timings->end()) row->peer_us = best->median_us;
    return {};
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
  const Library& library_;
  const Context& context_;
  TableFile table_;
  const std::unique_ptr<harness::CublasLt> peer_;
  std::vector<BenchRow> rows_;
};

int bench(const BenchArguments& arguments, const Context& context) {
  if (arguments.quantizer.op)
    return bench_quantizers({arguments.quantizer, arguments.shapes.k, arguments.m,
                             arguments.anchors_file, arguments.csv},
                            context);
  const Result<BenchPoints> points =
      bench_points(arguments.shapes, arguments.m, arguments.anchors_file);
  if (!points.ok()) return report(points.status());
  const Result<Workbench> workbench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!workbench.ok()) return report(workbench.status());
  const Result<Library> library = Library::open(context.options());
  if (!library.ok()) return report(library.status());
  Result<TableFile> table = TableFile::create(arguments.csv);
  if (!table.ok()) return report(table.status());

  Bench bench(arguments, *points, *workbench, *library, context, *std::move(table));
  if (Status status = bench.run(); !status.ok()) return report(status);
  return bench.all_right() ? kOk : kFailed;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  const auto [command, arguments] = add_command(app, "bench", bench, context);
  command->description("Time kernels on the GPU and compare them with cuBLASLt and peers.");
  arguments.shapes.add_to(*command);
  add_m_list_option(*command, arguments.m)
      ->description("Tokens, separated by commas; default: the anchors' own, else 1 to 8192");
  command
      ->add_option("--anchors", arguments.anchors_file,
                   "CSV with columns n, k, m, best_us and cublaslt_us: times of peers\n"
                   "to compare with and, without shapes, the points to measure")
      ->type_name("FILE");
  command->add_option("--csv", arguments.csv, "CSV to write; 'tools/plot.py' draws it")
      ->type_name("FILE");
  add_form_option(*command, context.library.form);
  arguments.quantizer.add_to(*command,
                             "Time a quantiser instead: quantize, silu_mul, gelu_mul or\n"
                             "rms_norm, for each --k and --m, with inputs of 300 MB in all\n"
                             "(at most 2048) and with one input, plain and with PDL.\n"
                             "--anchors has op, m, k, triton_us and inductor_us. The floor is\n"
                             "0.59 us + bytes / 4.3 TB/s");
  add_choice(*command, "--scale-layout", arguments.quantizer.layout, "LAYOUT",
             {{"mn", ScaleLayout::kMnMajor}, {"k", ScaleLayout::kKMajor}},
             "With --op: layout of the scales, mn (default) or k");
  command->add_flag("--no-peer", arguments.no_peer, "Do not measure cuBLASLt");
  command->add_flag("--no-check", arguments.no_check, "Do not check the results");
  command->footer(kBenchHelp);
}

}  // namespace jitgemm::cli
