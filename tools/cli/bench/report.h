// The output of `bench`, a row for each point and a summary, and of `tune`, a row for each kernel
// of a point. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include "tools/cli/bench/points.h"
#include "tools/cli/commands.h"
#include "tools/harness/chain.h"
#include "tools/harness/check.h"
#include "tools/harness/tuner.h"

namespace jitgemm::cli {

struct BenchRow {
  GemmDesc desc;
  int64_t m = 0;
  // Plain launches, and launches with programmatic dependent launch (PDL).
  std::string kernel = {}, pdl_kernel = {};
  harness::Timing ours = {}, ours_pdl = {};
  double floor_us = 0, pdl_floor_us = 0;                     // time to read the weight alone
  std::optional<harness::Check> check = {}, pdl_check = {};  // empty with --no-check
  double flops = 0, bytes = 0;                               // per launch
  std::optional<double> peer_us = {};                        // cuBLASLt, measured in the same run
  std::optional<Anchor> anchor = {};

  double tflops() const { return flops / ours.median_us * 1e-6; }
  double gb_per_s() const { return bytes / ours.median_us * 1e-3; }
  double floor_share() const { return floor_us / ours.median_us; }
  double pdl_floor_share() const { return pdl_floor_us / ours_pdl.median_us; }
  // Empty when the results are right or were not checked.
  std::string failure() const;
};

// The part of `bench --help` that explains how times are measured and what each column holds.
extern const char kBenchHelp[];

std::string bench_header();
std::string bench_line(const BenchRow& row);
Json to_json(const BenchRow& row);

// Lines: the calibration, and for each range of M the geometric means against peer, anchors and
// floors, with the worst points.
std::string bench_summary(const std::vector<BenchRow>& rows);

// A kernel in the ranking of a point.
struct RankedKernel {
  GemmDesc desc;
  int64_t m = 0;
  size_t rank = 1;     // 1: the fastest
  double best_us = 0;  // of the fastest kernel; 0: none was timed
  const harness::Contender& contender;

  double over_best() const { return best_us > 0 ? contender.us / best_us : 0; }
};

std::string tune_line(const RankedKernel& kernel);
Json to_json(const RankedKernel& kernel);

}  // namespace jitgemm::cli
