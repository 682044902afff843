// The output of `tune`: a row for each kernel of a point. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include <jitgemm/gemm.h>
#include "tools/harness/tuner.h"

namespace jitgemm::cli {

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
nlohmann::ordered_json to_json(const RankedKernel& kernel);

}  // namespace jitgemm::cli
