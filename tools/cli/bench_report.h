// What `bench` says: a row for each point, and a summary of them all. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include "tools/cli/anchors.h"
#include "tools/harness/chain.h"
#include "tools/harness/check.h"

namespace jitgemm::cli {

struct BenchRow {
  GemmDesc desc;
  int64_t m = 0;
  std::string kernel;
  harness::Timing ours;                      // plain chain
  harness::Timing ours_pdl;                  // chain with programmatic dependent launch
  double flops = 0, bytes = 0;               // of one launch
  double floor_us = 0;                       // of reading the weight alone
  std::optional<harness::Check> check = {};  // unless it was not asked for
  std::optional<harness::Timing> peer = {};  // cuBLASLt, live
  std::optional<Anchor> anchor = {};

  double tflops() const { return flops / ours.median_us * 1e-6; }
  double gb_per_s() const { return bytes / ours.median_us * 1e-3; }
  bool right() const { return !check || check->failure().empty(); }
};

std::string bench_header();
std::string bench_line(const BenchRow& row);
nlohmann::ordered_json to_json(const BenchRow& row);

// Calibration and geometric means by range of M against peer and anchors, with the worst points.
// Lines.
std::string bench_summary(const std::vector<BenchRow>& rows);

}  // namespace jitgemm::cli
