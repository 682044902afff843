#include "tools/cli/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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

// cuBLASLt of this run over cuBLASLt of the anchors; 1 means equal conditions.
std::optional<double> peer_over_anchor(const BenchRow& row) {
  if (!row.peer || !row.anchor) return std::nullopt;
  return row.peer->median_us / row.anchor->cublaslt_us;
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

using Ratio = std::optional<double> (*)(const BenchRow&);

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
  double calibration = 1;
  if (const auto anchored = rows_with(peer_over_anchor, rows, kAll); !anchored.empty()) {
    calibration = mean_of(peer_over_anchor, anchored);
    text +=
        fmt::format("calibration: cuBLASLt here / cuBLASLt of the anchors = {:.3f}\n", calibration);
  }
  for (const MRange& range : kRanges)
    text += range_line(rows, range, peer_over_anchor, "cublaslt / then", 1);
  for (const MRange& range : kRanges)
    text += range_line(rows, range, over_best, "time / best", calibration);
  for (const MRange& range : kRanges)
    text += range_line(rows, range, pdl_over_best, "PDL / best", calibration);
  for (const MRange& range : kRanges)
    text += range_line(rows, range, over_peer, "time / cublaslt", 1);
  // The floor bounds GEMMs with few tokens only: their time is that of reading the weight.
  text += range_line(rows, kRanges[0], over_floor, "time / floor", 1);
  text += range_line(rows, kRanges[0], pdl_over_floor, "PDL / PDL floor", 1);
  const auto wrong = std::count_if(rows.begin(), rows.end(),
                                   [](const BenchRow& row) { return !row.failure().empty(); });
  return text + fmt::format("{} points, {} wrong\n", rows.size(), wrong);
}

}  // namespace jitgemm::cli
