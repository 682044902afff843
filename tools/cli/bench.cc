// jitgemm bench: our kernels against cuBLASLt, live, and against peers measured on another day.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/cli/anchors.h"
#include "tools/cli/bench_report.h"
#include "tools/cli/commands.h"
#include "tools/cli/measuring_options.h"
#include "tools/cli/shapes.h"
#include "tools/cli/table_file.h"
#include "tools/harness/cublaslt.h"
#include "tools/harness/parallel.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Chain;
using harness::CublasLt;
using harness::Point;
using harness::Weights;
using harness::Workbench;

constexpr int kPeerAlgorithms = 2;  // of its heuristics' list, the best counts
constexpr double kPeerMaxError =
    1e-2;  // relative: beyond it, the peer was asked for something else

constexpr char kProtocol[] =
    "How it is measured:\n"
    "  A CUDA graph of at least 100 launches walks over copies of the weight that together exceed\n"
    "  300 MB (and over up to 8 copies of activations and outputs): the next layer's weight is\n"
    "  never in the L2. Ours is timed twice: plainly, and (PDL) with programmatic dependent\n"
    "  launch. These graphs and that of cuBLASLt, which is plain, are replayed in turn, for 25 ms\n"
    "  (2 times at least) unmeasured, as an idle GPU has lowered its clocks, then 9 times between\n"
    "  two events; the median of time / launches counts. Data are normal, rounded to bf16 and\n"
    "  quantised to e4m3 by block; scales spread over 2^8 and more. Each point is first checked:\n"
    "  D poisoned with NaN, relative error against an fp32 product of the dequantised inputs at\n"
    "  most 2.5e-3, each element within its bound, nothing around D touched. cuBLASLt: 1x128 and\n"
    "  128x128 scales, the better of its first two heuristics, M padded to 4.\n"
    "  floor: the time of a kernel that only reads the weight, as a\n"
    "  share of ours. With --anchors: ratio to best_us, the calibration (this run's cuBLASLt over\n"
    "  the file's), geometric means and the worst point by range of M.";

struct Arguments {
  ShapeOptions shapes;
  std::string shapes_file, anchors_file, csv;
  std::vector<int64_t> m;
  Form form = Form::kAuto;
  bool no_peer = false, no_check = false;
};

// The points of one shape.
struct Series {
  GemmDesc desc;
  std::vector<int64_t> m;
};

using AnchorMap = std::map<std::tuple<int64_t, int64_t, int64_t>, Anchor>;

struct Plan {
  std::vector<Series> series;
  AnchorMap anchors;
};

const std::vector<int64_t> kDefaultM = {1, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};

void add_point(std::vector<Series>* series, const GemmDesc& desc, int64_t m) {
  auto found = std::find_if(series->begin(), series->end(), [&](const Series& s) {
    return s.desc.n == desc.n && s.desc.k == desc.k;
  });
  if (found == series->end()) found = series->insert(found, {.desc = desc, .m = {}});
  found->m.push_back(m);
}

// Shapes given, each at every M; without any, the anchors' own points.
Result<Plan> plan_of(const Arguments& arguments) {
  Plan plan;
  if (Status status = valid_m(arguments.m); !status.ok()) return status;
  Result<std::vector<GemmDesc>> shapes = arguments.shapes.shapes();
  if (!shapes.ok()) return shapes.status();
  if (!arguments.shapes_file.empty()) {
    const Result<ShapeList> list = shapes_of_file(arguments.shapes_file, std::nullopt);
    if (!list.ok()) return list.status();
    shapes->insert(shapes->end(), list->shapes.begin(), list->shapes.end());
  }
  const std::vector<int64_t>& every_m = arguments.m.empty() ? kDefaultM : arguments.m;
  for (const GemmDesc& desc : *shapes)
    for (int64_t m : every_m) add_point(&plan.series, desc, m);

  if (!arguments.anchors_file.empty()) {
    const Result<std::vector<Anchor>> anchors = anchors_of_file(arguments.anchors_file);
    if (!anchors.ok()) return anchors.status();
    for (const Anchor& anchor : *anchors) {
      plan.anchors.emplace(std::tuple(anchor.desc.n, anchor.desc.k, anchor.m), anchor);
      const bool wanted =
          arguments.m.empty() || std::count(every_m.begin(), every_m.end(), anchor.m);
      if (shapes->empty() && wanted) add_point(&plan.series, anchor.desc, anchor.m);
    }
  }
  if (plan.series.empty())
    return Status(StatusCode::kInvalidArgument,
                  "bench needs shapes: --n and --k, --shapes or --anchors");
  return plan;
}

// The peer's part of a point: a chain for each of its algorithms whose result is right.
class Peer {
 public:
  static Peer open(const Workbench& bench, bool wanted) {
    Peer peer;
    if (!wanted) return peer;
    Result<std::unique_ptr<CublasLt>> library = CublasLt::open(bench);
    if (library.ok())
      peer.library_ = *std::move(library);
    else
      fmt::print(stderr, "without the peer: {}\n", library.status().message());
    return peer;
  }

  std::vector<Chain> chains(const Workbench& bench, const Point& point, bool check) const {
    std::vector<Chain> chains;
    if (!library_) return chains;
    const harness::Operands operands = point.padded_operands();
    Result<CublasLt::Product> product =
        library_->prepare(operands.weights.desc(), operands.m, kPeerAlgorithms);
    if (!product.ok()) {
      fmt::print(stderr, "cuBLASLt: {}\n", product.status().message());
      return chains;
    }
    for (int algorithm = 0; algorithm < product->algorithms(); ++algorithm) {
      Result<Chain> chain = one_chain(bench, point, operands, *product, algorithm, check);
      if (chain.ok())
        chains.push_back(*std::move(chain));
      else
        fmt::print(stderr, "cuBLASLt, algorithm {}: {}\n", algorithm, chain.status().message());
    }
    return chains;
  }

 private:
  static Result<Chain> one_chain(const Workbench& bench, const Point& point,
                                 const harness::Operands& operands, CublasLt::Product& product,
                                 int algorithm, bool check) {
    if (check) {
      const auto once = [&](const GemmArgs&, Stream stream) {
        return product.launch(algorithm, operands, 0, static_cast<CUstream>(stream));
      };
      const Result<harness::Check> checked =
          harness::launch_and_check(bench, point.reference(), operands, once);
      if (!checked.ok()) return checked.status();
      if (!(checked->relative_error <= kPeerMaxError))
        return Status(StatusCode::kInternal,
                      fmt::format("relative error {:.3g}", checked->relative_error));
    }
    return Chain::capture(
        bench, harness::launches_over(operands.weights.copies()),
        [&](int i, CUstream stream) { return product.launch(algorithm, operands, i, stream); });
  }

  std::unique_ptr<CublasLt> library_;
};

// Ours and the peer's, replayed in turn.
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
  Bench(const Arguments& arguments, const Plan& plan, const Workbench& bench,
        const Context& context, TableFile table)
      : arguments_(arguments),
        plan_(plan),
        bench_(bench),
        context_(context),
        table_(std::move(table)),
        peer_(Peer::open(bench, !arguments.no_peer)) {}

  Status run(const Library& library) {
    Result<std::vector<Gemm>> gemms = prepare(library);
    if (!gemms.ok()) return gemms.status();
    if (!context_.json) fmt::print("{}\n{}\n", bench_.gpu->name(), bench_header());
    for (size_t i = 0; i < gemms->size(); ++i)
      if (Status status = measure(plan_.series[i], (*gemms)[i]); !status.ok()) return status;
    if (!context_.json) fmt::print("\n{}", bench_summary(rows_));
    return {};
  }

  bool all_right() const {
    return std::all_of(rows_.begin(), rows_.end(), [](const BenchRow& row) { return row.right(); });
  }

 private:
  // Makes all kernels first, on all cores.
  Result<std::vector<Gemm>> prepare(const Library& library) const {
    std::vector<Gemm> gemms;
    for (const Series& series : plan_.series) {
      Result<Gemm> gemm = library.gemm(series.desc);
      if (!gemm.ok()) return gemm.status();
      gemms.push_back(*std::move(gemm));
    }
    Status status = harness::in_parallel(*bench_.gpu, gemms.size(), [&](size_t i) {
      const std::vector<int64_t>& m = plan_.series[i].m;
      return gemms[i].prepare(*std::max_element(m.begin(), m.end()));
    });
    if (!status.ok()) return status;
    return gemms;
  }

  Status measure(const Series& series, const Gemm& gemm) {
    const Result<Weights> weights =
        Weights::generate(bench_, series.desc, harness::copies_of(series.desc.n * series.desc.k));
    if (!weights.ok()) return weights.status();
    const Result<Chain> floor = harness::floor_chain(bench_, *weights);
    if (!floor.ok()) return floor.status();
    const auto floor_timing = harness::time_in_turn(bench_, {&*floor});
    if (!floor_timing.ok()) return floor_timing.status();

    for (int64_t m : series.m) {
      BenchRow row{
          .desc = series.desc, .m = m, .kernel = gemm.kernel_name(m), .ours = {}, .ours_pdl = {}};
      row.floor_us = floor_timing->front().median_us;
      if (Status status = measure_point(*weights, gemm, &row); !status.ok()) return status;
      if (Status status = publish(std::move(row)); !status.ok()) return status;
    }
    return {};
  }

  Status measure_point(const Weights& weights, const Gemm& gemm, BenchRow* row) const {
    const Result<Point> point = Point::prepare(bench_, weights, row->m);
    if (!point.ok()) return point.status();
    row->flops = point->flops();
    row->bytes = point->bytes();
    const auto launch = [&](const GemmArgs& args, Stream stream) {
      return gemm.launch(args, stream);
    };
    if (!arguments_.no_check) {
      Result<harness::Check> check = point->check(bench_, launch);
      if (!check.ok()) return check.status();
      row->check = *check;
    }
    const auto launch_pdl = [&](GemmArgs args, Stream stream) {
      args.pdl = true;
      return gemm.launch(args, stream);
    };
    const Result<Chain> ours = point->chain(bench_, launch);
    if (!ours.ok()) return ours.status();
    const Result<Chain> ours_pdl = point->chain(bench_, launch_pdl);
    if (!ours_pdl.ok()) return ours_pdl.status();
    const std::vector<Chain> peers = peer_.chains(bench_, *point, !arguments_.no_check);
    return time_point(bench_, *ours, *ours_pdl, peers, row);
  }

  Status publish(BenchRow row) {
    if (auto found = plan_.anchors.find({row.desc.n, row.desc.k, row.m});
        found != plan_.anchors.end())
      row.anchor = found->second;
    fmt::print("{}\n", context_.json ? to_json(row).dump() : bench_line(row));
    std::fflush(stdout);
    rows_.push_back(std::move(row));
    return table_.add(to_json(rows_.back()));
  }

  const Arguments& arguments_;
  const Plan& plan_;
  const Workbench& bench_;
  const Context& context_;
  TableFile table_;
  const Peer peer_;
  std::vector<BenchRow> rows_;
};

int bench(const Arguments& arguments, const Context& context) {
  const Result<Plan> plan = plan_of(arguments);
  if (!plan.ok()) return report(plan.status());
  const Result<Workbench> workbench = Workbench::open(context.driver_path, context.nvrtc_path);
  if (!workbench.ok()) return report(workbench.status());
  Options options = context.options();
  options.form = arguments.form;
  const Result<Library> library = Library::open(std::move(options));
  if (!library.ok()) return report(library.status());
  Result<TableFile> table = TableFile::create(arguments.csv);
  if (!table.ok()) return report(table.status());

  Bench bench(arguments, *plan, *workbench, context, *std::move(table));
  if (Status status = bench.run(*library); !status.ok()) return report(status);
  return bench.all_right() ? kOk : kFailed;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "bench", "Time kernels on the GPU, beside cuBLASLt and beside peers measured earlier.");
  auto arguments = std::make_shared<Arguments>();
  arguments->shapes.add_to(*command);
  command
      ->add_option("--shapes", arguments->shapes_file,
                   "CSV whose header names n and k: more shapes")
      ->type_name("FILE");
  add_m_list_option(*command, arguments->m)
      ->description("Tokens, separated by commas; default: the anchors' own, else 1 to 8192");
  command
      ->add_option("--anchors", arguments->anchors_file,
                   "CSV with n, k, m, best_us and cublaslt_us: what to compare with, and, without "
                   "shapes,\nthe points to measure")
      ->type_name("FILE");
  command->add_option("--csv", arguments->csv, "Where to write the rows")->type_name("FILE");
  add_form_option(*command, arguments->form);
  command->add_flag("--no-peer", arguments->no_peer, "Leave cuBLASLt out");
  command->add_flag("--no-check", arguments->no_check, "Leave the check of the results out");
  command->footer(kProtocol);
  command->callback([arguments, &context] { context.exit_code = bench(*arguments, context); });
}

}  // namespace jitgemm::cli
