#include "tools/cli/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/harness/statistics.h"

namespace jitgemm::cli {
namespace {

using harness::geometric_mean;

// The ranges of M that are summed up apart: a decode step, between, a prefill.
struct MRange {
  const char* name;
  int64_t first, last;
};
constexpr MRange kRanges[] = {{"M 1..64", 1, 64},
                              {"M 65..1023", 65, 1023},
                              {"M >= 1024", 1024, std::numeric_limits<int64_t>::max()}};

// "-" for what there is not.
std::string cell(std::optional<double> value, const char* suffix = "") {
  return value ? fmt::format("{:.2f}{}", *value, suffix) : "-";
}

std::optional<double> over_peer(const BenchRow& row) {
  if (!row.peer) return std::nullopt;
  return row.ours.median_us / row.peer->median_us;
}
std::optional<double> over_best(const BenchRow& row) {
  if (!row.anchor) return std::nullopt;
  return row.ours.median_us / row.anchor->best_us;
}
std::optional<double> pdl_over_best(const BenchRow& row) {
  if (!row.anchor) return std::nullopt;
  return row.ours_pdl.median_us / row.anchor->best_us;
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

// How this run's cuBLASLt compares with that of the anchors: 1 means the same conditions.
std::optional<double> calibration(const std::vector<BenchRow>& rows) {
  std::vector<double> ratios;
  for (const BenchRow& row : rows)
    if (row.peer && row.anchor) ratios.push_back(row.peer->median_us / row.anchor->cublaslt_us);
  if (ratios.empty()) return std::nullopt;
  return geometric_mean(ratios);
}

using Ratio = std::optional<double> (*)(const BenchRow&);

// Geometric mean and worst point of a ratio over a range; empty when no row has it.
std::string range_line(const std::vector<BenchRow>& rows, const MRange& range, Ratio ratio,
                       const char* of, double calibrated_by) {
  std::vector<double> ratios;
  const BenchRow* worst = nullptr;
  for (const BenchRow& row : rows) {
    if (row.m < range.first || row.m > range.last || !ratio(row)) continue;
    ratios.push_back(*ratio(row));
    if (!worst || *ratio(row) > *ratio(*worst)) worst = &row;
  }
  if (ratios.empty()) return {};
  std::string line = fmt::format("{:<11} {:<15} {:.3f}", range.name, of, geometric_mean(ratios));
  if (calibrated_by != 1)
    line += fmt::format(" ({:.3f} calibrated)", geometric_mean(ratios) / calibrated_by);
  return line + fmt::format(", worst {:.3f} at n = {}, k = {}, m = {}; {} points\n", *ratio(*worst),
                            worst->desc.n, worst->desc.k, worst->m, ratios.size());
}

}  // namespace

std::string BenchRow::failure() const {
  if (check && !check->failure().empty()) return check->failure();
  if (pdl_check && !pdl_check->failure().empty()) return "PDL: " + pdl_check->failure();
  return {};
}

std::string bench_header() {
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9} {:>8} {:>7} {:>6} {:>9} {:>6} {:>9} {:>6} {:>9} {:>6}  {:<9} {}",
      "n", "k", "m", "us", "TFLOP/s", "GB/s", "floor", "cublaslt", "ratio", "best", "ratio",
      "PDL us", "floor", "error", "kernel");
}

std::string bench_line(const BenchRow& row) {
  const auto peer_us = row.peer ? std::optional(row.peer->median_us) : std::nullopt;
  const auto best_us = row.anchor ? std::optional(row.anchor->best_us) : std::nullopt;
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9.2f} {:>8.1f} {:>7.0f} {:>5.0f}% {:>9} {:>6} {:>9} {:>6} {:>9.2f} "
      "{:>5.0f}%  {:<9} {}",
      row.desc.n, row.desc.k, row.m, row.ours.median_us, row.tflops(), row.gb_per_s(),
      100 * row.floor_share(), cell(peer_us), cell(over_peer(row)), cell(best_us),
      cell(over_best(row)), row.ours_pdl.median_us, 100 * row.pdl_floor_share(), verdict(row),
      kernels(row));
}

nlohmann::ordered_json to_json(const BenchRow& row) {
  nlohmann::ordered_json json = {{"n", row.desc.n},
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
  set("cublaslt_us", row.peer ? std::optional(row.peer->median_us) : std::nullopt);
  set("over_cublaslt", over_peer(row));
  set("best_us", row.anchor ? std::optional(row.anchor->best_us) : std::nullopt);
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
  const std::optional<double> calibrated_by = calibration(rows);
  if (calibrated_by)
    text += fmt::format("calibration: cuBLASLt here / cuBLASLt of the anchors = {:.3f}\n",
                        *calibrated_by);
  for (const MRange& range : kRanges)
    text += range_line(rows, range, over_best, "time / best", calibrated_by.value_or(1));
  for (const MRange& range : kRanges)
    text += range_line(rows, range, pdl_over_best, "PDL / best", calibrated_by.value_or(1));
  for (const MRange& range : kRanges)
    text += range_line(rows, range, over_peer, "time / cublaslt", 1);
  // Only a GEMM of few tokens is a stream of the weight.
  text += range_line(rows, kRanges[0], over_floor, "time / floor", 1);
  text += range_line(rows, kRanges[0], pdl_over_floor, "PDL / PDL floor", 1);
  const auto wrong = std::count_if(rows.begin(), rows.end(),
                                   [](const BenchRow& row) { return !row.failure().empty(); });
  return text + fmt::format("{} points, {} wrong\n", rows.size(), wrong);
}

}  // namespace jitgemm::cli
