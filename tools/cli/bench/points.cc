#include "tools/cli/bench/points.h"

#include <algorithm>

#include "tools/cli/bench/measuring_options.h"

namespace jitgemm::cli {
namespace {

const std::vector<int64_t> kDefaultM = {1, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};

bool contains(const std::vector<int64_t>& values, int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void add_point(std::vector<Series>* series, const GemmDesc& desc, int64_t m) {
  auto found = std::find_if(series->begin(), series->end(), [&](const Series& s) {
    return s.desc.n == desc.n && s.desc.k == desc.k;
  });
  if (found == series->end()) found = series->insert(found, {.desc = desc, .m = {}});
  if (!contains(found->m, m)) found->m.push_back(m);
}

}  // namespace

Result<BenchPoints> bench_points(const ShapeOptions& shapes, const std::vector<int64_t>& m,
                                 const std::string& anchors_file) {
  if (Status status = valid_m(m); !status.ok()) return status;
  const Result<ShapeList> list = shapes.list();
  if (!list.ok()) return list.status();
  name_skipped(*list);

  BenchPoints points;
  for (const GemmDesc& desc : list->shapes)
    for (int64_t each : m.empty() ? kDefaultM : m) add_point(&points.series, desc, each);

  if (!anchors_file.empty()) {
    const Result<std::vector<Anchor>> anchors = anchors_of_file(anchors_file);
    if (!anchors.ok()) return anchors.status();
    for (const Anchor& anchor : *anchors) {
      points.anchors.emplace(std::tuple(anchor.desc.n, anchor.desc.k, anchor.m), anchor);
      if (!shapes.given() && (m.empty() || contains(m, anchor.m)))
        add_point(&points.series, anchor.desc, anchor.m);
    }
  }
  if (!points.series.empty()) return points;
  return Status(StatusCode::kInvalidArgument,
                "bench has no point to measure: give --model, --hf-config, --shapes, --n and --k, "
                "or --anchors");
}

}  // namespace jitgemm::cli
