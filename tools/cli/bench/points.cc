#include "tools/cli/bench/points.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/cli/csv.h"
#include "tools/cli/gemm_options.h"
#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

const std::vector<int64_t> kDefaultM = {1, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};

bool contains(const std::vector<int64_t>& values, int64_t value) {
  return std::ranges::find(values, value) != values.end();
}

void add_point(std::vector<Series>* series, const GemmDesc& desc, int64_t m) {
  auto found = std::ranges::find(*series, desc, &Series::desc);
  if (found == series->end()) found = series->insert(found, {.desc = desc, .m = {}});
  if (!contains(found->m, m)) found->m.push_back(m);
}

template <typename Number>
Status read_positive(const Csv& csv, const CsvRow& row, const char* name, Number* value) {
  if (Status status = csv.read(row, name, value); !status.ok()) return status;
  if (*value > 0) return {};
  return at_line(row.line, fmt::format("{} = {} is not positive", name, *value));
}

// Adds the anchors of a table. Without shapes, their points are measured too.
Status add_anchors(const Csv& csv, const std::vector<int64_t>& m, bool as_points,
                   BenchPoints* points) {
  for (const CsvRow& row : csv.rows) {
    GemmDesc desc;
    int64_t row_m = 0;
    Anchor anchor;
    Status status = read_positive(csv, row, "n", &desc.n);
    if (status.ok()) status = read_positive(csv, row, "k", &desc.k);
    if (status.ok()) status = read_positive(csv, row, "m", &row_m);
    if (status.ok()) status = read_positive(csv, row, "best_us", &anchor.best_us);
    if (status.ok()) status = read_positive(csv, row, "cublaslt_us", &anchor.cublaslt_us);
    if (!status.ok()) return status;
    points->anchors.emplace(std::tuple(desc.n, desc.k, row_m), anchor);
    if (as_points && (m.empty() || contains(m, row_m))) add_point(&points->series, desc, row_m);
  }
  return {};
}

}  // namespace

Result<BenchPoints> bench_points(const ShapeOptions& shapes, const std::vector<int64_t>& m,
                                 const std::string& anchors_file) {
  if (Status status = valid_m(m); !status.ok()) return status;
  const Result<ShapeList> list = shapes.list();
  if (!list.ok()) return list.status();

  BenchPoints points;
  for (const GemmDesc& desc : list->shapes)
    for (int64_t each : m.empty() ? kDefaultM : m) add_point(&points.series, desc, each);

  if (!anchors_file.empty()) {
    const Result<Csv> csv = read_csv(anchors_file);
    if (!csv.ok()) return csv.status();
    if (Status status = add_anchors(*csv, m, !shapes.given(), &points); !status.ok())
      return in_file(anchors_file, status);
  }
  if (!points.series.empty()) return points;
  return Status(StatusCode::kInvalidArgument,
                "bench has no point to measure: give --model, --hf-config, --shapes, --n and --k, "
                "or --anchors");
}

}  // namespace jitgemm::cli
