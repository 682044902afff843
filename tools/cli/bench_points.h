// What `bench` measures, and what it compares that with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/cli/anchors.h"
#include "tools/cli/shape_options.h"

namespace jitgemm::cli {

// The points of one shape.
struct Series {
  GemmDesc desc;
  std::vector<int64_t> m;
};

struct BenchPoints {
  std::vector<Series> series;
  std::map<std::tuple<int64_t, int64_t, int64_t>, Anchor> anchors;  // by n, k, m
};

// The shapes, each at every m (of none: at 1 to 8192); without shapes, the anchors' own points, of
// these m if there are any. Each point stands once. Errors: kInvalidArgument, as when there is no
// point.
Result<BenchPoints> bench_points(const ShapeOptions& shapes, const std::vector<int64_t>& m,
                                 const std::string& anchors_file);

}  // namespace jitgemm::cli
