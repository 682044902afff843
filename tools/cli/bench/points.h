// The points that `bench` measures, and the anchors that it compares them with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/cli/shapes.h"

namespace jitgemm::cli {

// Times of peers at a point that were measured earlier.
struct Anchor {
  double best_us = 0;      // the fastest peer
  double cublaslt_us = 0;  // cuBLASLt, which a run can measure again
};

// The points of one shape.
struct Series {
  GemmDesc desc;
  std::vector<int64_t> m;
};

struct BenchPoints {
  std::vector<Series> series;
  std::map<std::tuple<int64_t, int64_t, int64_t>, Anchor> anchors;  // by n, k, m
};

// Every shape at every m (default: 1 to 8192). Without shapes, the points of the anchors,
// restricted to `m` unless that is empty. Each point appears once. The file of anchors is CSV with
// the columns n, k, m, best_us and cublaslt_us; other columns are ignored. Errors:
// kInvalidArgument, which names the file, also when no point is left.
Result<BenchPoints> bench_points(const ShapeOptions& shapes, const std::vector<int64_t>& m,
                                 const std::string& anchors_file);

}  // namespace jitgemm::cli
