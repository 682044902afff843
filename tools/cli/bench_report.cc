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

std::string verdict(const BenchRow& row) {
  if (!row.check) return "-";
  const std::string failure = row.check->failure();
  return failure.empty() ? fmt::format("{:.2e}", row.check->relative_error) : "WRONG: " + failure;
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

std::string bench_header() {
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9} {:>8} {:>7} {:>6} {:>9} {:>6} {:>9} {:>6} {:>9}  {:<9} {}", "n", "k",
      "m", "us", "TFLOP/s", "GB/s", "floor", "cublaslt", "ratio", "best", "ratio", "PDL us",
      "error", "kernel");
}

std::string bench_line(const BenchRow& row) {
  const auto peer_us = row.peer ? std::optional(row.peer->median_us) : std::nullopt;
  const auto best_us = row.anchor ? std::optional(row.anchor->best_us) : std::nullopt;
  return fmt::format(
      "{:>6} {:>6} {:>6} {:>9.2f} {:>8.1f} {:>7.0f} {:>5.0f}% {:>9} {:>6} {:>9} {:>6} {:>9.2f}  "
      "{:<9} {}",
      row.desc.n, row.desc.k, row.m, row.ours.median_us, row.tflops(), row.gb_per_s(),
      100 * row.floor_us / row.ours.median_us, cell(peer_us), cell(over_peer(row)), cell(best_us),
      cell(over_best(row)), row.ours_pdl.median_us, verdict(row), row.kernel);
}

nlohmann::ordered_json to_json(const BenchRow& row) {
  nlohmann::ordered_json json = {{"n", row.desc.n},
                                 {"k", row.desc.k},
                                 {"m", row.m},
                                 {"kernel", row.kernel},
                                 {"us", row.ours.median_us},
                                 {"us_min", row.ours.min_us},
                                 {"us_max", row.ours.max_us},
                                 {"pdl_us", row.ours_pdl.median_us},
                                 {"tflops", row.tflops()},
                                 {"gb_per_s", row.gb_per_s()},
                                 {"floor_us", row.floor_us}};
  const auto set = [&json](const char* name, auto value) {
    value ? json[name] = *value : json[name] = nullptr;
  };
  set("cublaslt_us", row.peer ? std::optional(row.peer->median_us) : std::nullopt);
  set("over_cublaslt", over_peer(row));
  set("best_us", row.anchor ? std::optional(row.anchor->best_us) : std::nullopt);
  set("over_best", over_best(row));
  set("pdl_over_best", pdl_over_best(row));
  set("relative_error", row.check ? std::optional(row.check->relative_error) : std::nullopt);
  set("worst_share_of_bound", row.check ? std::optional(row.check->worst_share) : std::nullopt);
  json["failure"] = row.check ? row.check->failure() : "";
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
  const auto wrong =
      std::count_if(rows.begin(), rows.end(), [](const BenchRow& row) { return !row.right(); });
  return text + fmt::format("{} points, {} wrong\n", rows.size(), wrong);
}

}  // namespace jitgemm::cli
