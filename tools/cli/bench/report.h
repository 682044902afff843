// The output of `bench`: a row for each point, and a summary. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include "tools/cli/bench/anchors.h"
#include "tools/harness/chain.h"
#include "tools/harness/check.h"

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
  std::optional<harness::Timing> peer = {};                  // cuBLASLt, measured in the same run
  std::optional<Anchor> anchor = {};

  double tflops() const { return flops / ours.median_us * 1e-6; }
  double gb_per_s() const { return bytes / ours.median_us * 1e-3; }
  double floor_share() const { return floor_us / ours.median_us; }
  double pdl_floor_share() const { return pdl_floor_us / ours_pdl.median_us; }
  // Empty when the results are right or were not checked.
  std::string failure() const;
};

std::string bench_header();
std::string bench_line(const BenchRow& row);
nlohmann::ordered_json to_json(const BenchRow& row);

// Lines: the calibration, and for each range of M the geometric means against peer, anchors and
// floors, with the worst points.
std::string bench_summary(const std::vector<BenchRow>& rows);

}  // namespace jitgemm::cli
