#include "tools/cli/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "tools/harness/statistics.h"

namespace jitgemm::cli {
namespace {

using harness::geometric_mean;

// Ranges of M with a summary each: decode steps, sizes in between, prefill.
struct MRange {
  const char* name;
  int64_t first, last;
};
constexpr MRange kRanges[] = {{"M 1..64", 1, 64},
                              {"M 65..1023", 65, 1023},
                              {"M >= 1024", 1024, std::numeric_limits<int64_t>::max()}};
constexpr MRange kAll = {"all M", 1, std::numeric_limits<int64_t>::max()};

// "-" for a missing value.
std::string cell(std::optional<double> value, const char* suffix = "") {
  return value ? fmt::format("{:.2f}{}", *value, suffix) : "-";
}

std::optional<double> best_us(const BenchRow& row) {
  return row.anchor ? std::optional(row.anchor->best_us) : std::nullopt;
}

std::optional<double> over(double us, std::optional<double> other_us) {
  return other_us ? std::optional(us / *other_us) : std::nullopt;
}

using Ratio = std::optional<double> (*)(const BenchRow&);

std::optional<double> over_peer(const BenchRow& row) {
  return over(row.ours.median_us, row.peer_us);
}
std::optional<double> over_best(const BenchRow& row) {
  return over(row.ours.median_us, best_us(row));
}
std::optional<double> pdl_over_best(const BenchRow& row) {
  return over(row.ours_pdl.median_us, best_us(row));
}
// cuBLASLt of this run over cuBLASLt of the anchors; 1 means equal conditions.
std::optional<double> peer_over_anchor(const BenchRow& row) {
  return row.anchor && row.peer_us ? over(*row.peer_us, row.anchor->cublaslt_us) : std::nullopt;
}
std::optional<double> over_floor(const BenchRow& row) { return 1 / row.floor_share(); }
std::optional<double> pdl_over_floor(const BenchRow& row) { return 1 / row.pdl_floor_share(); }

std::string verdict(const BenchRow& row) {
  if (const std::string failure = row.failure(); !failure.empty()) return "WRONG: " + failure;
  if (!row.check || !row.pdl_check) return "-";
  return fmt::format("{:.2e}", std::max(row.check->relative_error, row.pdl_check->relative_error));
}

std::string kernels(const BenchRow& row) {
  return row.pdl_kernel == row.kernel ? row.kernel : row.kernel + "  PDL: " + row.pdl_kernel;
}

// The rows of a range that have the ratio, the worst first.
std::vector<const BenchRow*> rows_with(Ratio ratio, const std::vector<BenchRow>& rows,
                                       const MRange& range) {
  std::vector<const BenchRow*> found;
  for (const BenchRow& row : rows)
    if (row.m >= range.first && row.m <= range.last && ratio(row)) found.push_back(&row);
  std::stable_sort(found.begin(), found.end(),
                   [&](const BenchRow* a, const BenchRow* b) { return *ratio(*a) > *ratio(*b); });
  return found;
}

double mean_of(Ratio ratio, const std::vector<const BenchRow*>& rows) {
  std::vector<double> ratios;
  for (const BenchRow* row : rows) ratios.push_back(*ratio(*row));
  return geometric_mean(ratios);
}

// Geometric mean and worst point of a ratio over a range; empty when no row has it.
std::string range_line(const std::vector<BenchRow>& rows, const MRange& range, Ratio ratio,
                       const char* of, double calibrated_by) {
  const std::vector<const BenchRow*> found = rows_with(ratio, rows, range);
  if (found.empty()) return {};
  const double mean = mean_of(ratio, found);
  std::string line = fmt::format("{:<11} {:<15} {:.3f}", range.name, of, mean);
  if (calibrated_by != 1) line += fmt::format(" ({:.3f} calibrated)", mean / calibrated_by);
  const BenchRow& worst = *found.front();
  return line + fmt::format(", worst {:.3f} at n = {}, k = {}, m = {}; {} points\n", *ratio(worst),
                            worst.desc.n, worst.desc.k, worst.m, found.size());
}

}  // namespace

std::string BenchRow::failure() const {
  if (check && !check->failure().empty()) return check->failure();
  if (pdl_check && !pdl_check->failure().empty()) return "PDL: " + pdl_check->failure();
  return {};
}

const char kBenchHelp[] =
    R"(How it is measured:
  Each kind of launch is captured as a CUDA graph of at least 100 launches. They use copies of
  the weight that together exceed 300 MB (and up to 8 copies of activations and outputs), so
  that a launch finds no weight in the L2 cache. Our kernels have two graphs, one of plain
  launches and one with programmatic dependent launch (PDL); cuBLASLt has a plain one. The
  graphs are replayed in turn: first for 25 ms (at least twice) without measuring, because
  the clocks of an idle GPU are low, then 9 times between two events. A time is the median
  over the replays, divided by the launches. Data are normal, rounded to bf16 and quantised
  to e4m3 by block, with scales that spread over 2^8 and more. Before a point is timed its
  kernels are checked: D is filled with NaN; the relative error against an fp32 product of
  the dequantised inputs must be at most 2.5e-3 and each element within its bound, and
  nothing around D may change. cuBLASLt uses 1x128 and 128x128 scales, the faster of its
  first two heuristics, and M padded to 4. A floor is the time of a kernel that only reads
  the weight, measured once per shape, plainly and with PDL. The summary has geometric means
  and the worst point for each range of M. With --anchors it also has the calibration: this
  run's cuBLASLt over that of the file, as one factor for all points and for each range of M
  ('cublaslt / then').

Columns of --csv and members of --json (times in us per launch):
  n, k, m                          the point
  kernel, pdl_kernel               the kernels of plain and of PDL launches
  us, us_min, us_max               plain launches: median, least and greatest of the replays
  pdl_us, pdl_us_min, pdl_us_max   the same of PDL launches
  tflops, gb_per_s                 rates at 'us'; the bytes count each operand once
  floor_us, floor_share            plain floor, and its share of 'us'
  pdl_floor_us, pdl_floor_share    PDL floor, and its share of 'pdl_us'
  cublaslt_us, over_cublaslt       median of cuBLASLt; us / cublaslt_us
  best_us, over_best               fastest peer of the anchors; us / best_us
  pdl_over_best                    pdl_us / best_us, with the same plain peer
  relative_error, worst_share_of_bound, pdl_relative_error, pdl_worst_share_of_bound
                                   results of the check: ||D - reference|| / ||reference||,
                                   and the largest error of an element over its bound
  failure                          what is wrong with the results; empty if they are right

In the table, 'floor' is the floor's share, 'ratio' our plain time over the column before it,
and 'error' the larger relative error. The PDL kernel is named where it differs from the
plain one.)";

std::string bench_header() {
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9} {:>8} {:>7} {:>6} {:>9} {:>6} {:>9} {:>6} {:>9} {:>6}  {:<9} {}",
      "n", "k", "m", "us", "TFLOP/s", "GB/s", "floor", "cublaslt", "ratio", "best", "ratio",
      "PDL us", "floor", "error", "kernel");
}

std::string bench_line(const BenchRow& row) {
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9.2f} {:>8.1f} {:>7.0f} {:>5.0f}% {:>9} {:>6} {:>9} {:>6} {:>9.2f} "
      "{:>5.0f}%  {:<9} {}",
      row.desc.n, row.desc.k, row.m, row.ours.median_us, row.tflops(), row.gb_per_s(),
      100 * row.floor_share(), cell(row.peer_us), cell(over_peer(row)), cell(best_us(row)),
      cell(over_best(row)), row.ours_pdl.median_us, 100 * row.pdl_floor_share(), verdict(row),
      kernels(row));
}

Json to_json(const BenchRow& row) {
  Json json = {{"n", row.desc.n},
               {"k", row.desc.k},
               {"m", row.m},
               {"kernel", row.kernel},
               {"pdl_kernel", row.pdl_kernel},
               {"us", row.ours.median_us},
               {"us_min", row.ours.min_us},
               {"us_max", row.ours.max_us},
               {"pdl_us", row.ours_pdl.median_us},
               {"pdl_us_min", row.ours_pdl.min_us},
               {"pdl_us_max", row.ours_pdl.max_us},
               {"tflops", row.tflops()},
               {"gb_per_s", row.gb_per_s()},
               {"floor_us", row.floor_us},
               {"floor_share", row.floor_share()},
               {"pdl_floor_us", row.pdl_floor_us},
               {"pdl_floor_share", row.pdl_floor_share()}};
  const auto set = [&json](const std::string& name, auto value) {
    value ? json[name] = *value : json[name] = nullptr;
  };
  set("cublaslt_us", row.peer_us);
  set("over_cublaslt", over_peer(row));
  set("best_us", best_us(row));
  set("over_best", over_best(row));
  set("pdl_over_best", pdl_over_best(row));
  const auto set_check = [&](const std::string& prefix, const auto& check) {
    set(prefix + "relative_error", check ? std::optional(check->relative_error) : std::nullopt);
    set(prefix + "worst_share_of_bound", check ? std::optional(check->worst_share) : std::nullopt);
  };
  set_check("", row.check);
  set_check("pdl_", row.pdl_check);
  json["failure"] = row.failure();
  return json;
}

std::string bench_summary(const std::vector<BenchRow>& rows) {
  std::string text;
  double calibration = 1;
  if (const auto anchored = rows_with(peer_over_anchor, rows, kAll); !anchored.empty()) {
    calibration = mean_of(peer_over_anchor, anchored);
    text +=
        fmt::format("calibration: cuBLASLt here / cuBLASLt of the anchors = {:.3f}\n", calibration);
  }
  const std::tuple<Ratio, const char*, double> ratios[] = {
      {peer_over_anchor, "cublaslt / then", 1},
      {over_best, "time / best", calibration},
      {pdl_over_best, "PDL / best", calibration},
      {over_peer, "time / cublaslt", 1},
  };
  for (const auto& [ratio, of, calibrated_by] : ratios)
    for (const MRange& range : kRanges) text += range_line(rows, range, ratio, of, calibrated_by);
  // The floor bounds GEMMs with few tokens only: their time is that of reading the weight.
  text += range_line(rows, kRanges[0], over_floor, "time / floor", 1);
  text += range_line(rows, kRanges[0], pdl_over_floor, "PDL / PDL floor", 1);
  const auto wrong = std::count_if(rows.begin(), rows.end(),
                                   [](const BenchRow& row) { return !row.failure().empty(); });
  return text + fmt::format("{} points, {} wrong\n", rows.size(), wrong);
}

// ---- jitgemm tune ----

std::string tune_line(const RankedKernel& kernel) {
  const harness::Contender& contender = kernel.contender;
  return fmt::format(
      "{:>4}. {:>8.2f} us  {:>6.3f}  model {:>8.2f}  {}, {}{}{}", kernel.rank, contender.us,
      kernel.over_best(), contender.predicted_us, contender.config.name(), contender.overlap.text(),
      contender.chosen ? "  <- planner" : "",
      contender.failure.ok() ? "" : fmt::format("  FAILED: {}", contender.failure.message()));
}

Json to_json(const RankedKernel& kernel) {
  const harness::Contender& contender = kernel.contender;
  return {{"n", kernel.desc.n},
          {"k", kernel.desc.k},
          {"m", kernel.m},
          {"pdl", contender.pdl},
          {"rank", kernel.rank},
          {"kernel", contender.config.name()},
          {"stages_ahead", contender.overlap.stages_ahead},
          {"stages_fetched", contender.overlap.stages_fetched},
          {"release", contender.overlap.release_early ? "early" : "late"},
          {"chosen", contender.chosen},
          {"us", contender.us},
          {"over_best", kernel.over_best()},
          {"predicted_us", contender.predicted_us},
          {"relative_error", contender.relative_error},
          {"failure", std::string(contender.failure.message())}};
}

}  // namespace jitgemm::cli
