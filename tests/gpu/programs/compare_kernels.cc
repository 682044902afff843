// compare_kernels FOLDER SHAPES.csv M[,M...] [COUNT]: times the kernels that the planner picks,
// plain and with PDL, against the cubins of the same names in FOLDER
// (tests/kernels/programs/sass_digest writes them), old and new alternating in one process. Prints
// old / new of each point, and the geometric mean and the worst point of each M. COUNT limits the
// shapes.
#include <algorithm>
#include <cmath>
#include <vector>

#include "src/plan/plan.h"
#include "src/runtime/tables.h"
#include "tests/cache/files.h"
#include "tests/gpu/programs/program.h"
#include "tests/kernels/shapes.h"
#include "tools/harness/chain.h"
#include "tools/harness/point.h"

namespace jitgemm {
namespace {

using harness::Point;

struct Comparison : Kernels {
  std::string folder;
  std::map<std::string, Kernel> loaded = {};
  std::map<int64_t, std::vector<double>> ratios = {};

  Kernel old(const plan::KernelConfig& config) {
    Kernel& kernel = loaded[config.name()];
    if (const std::string cubin = cache::read_file(folder + "/" + config.name() + ".cubin");
        !kernel && !cubin.empty())
      kernel = value(device::LoadedKernel::load(driver, cubin, config));
    return kernel;
  }

  void point(const harness::Weights& weights, int64_t m, bool pdl) {
    const Tables tables = *open_tables({}, true);
    const plan::Decision plan = value(plan::decide(
        weights.desc(), m, bench.gpu->model(), {.chain = plan::chain_of(pdl), .tables = tables}));
    const Kernel before = old(plan.config), after = kernel(plan.config);
    if (!before) return;
    const Point point = value(Point::prepare(bench, weights, m));
    const auto launcher = [&](const Kernel& kernel) {
      return Kernels::launcher(kernel, weights.desc(), plan.overlap, pdl);
    };
    const std::string failure = value(point.check(bench, launcher(after))).failure();
    if (!failure.empty()) ++wrong;
    const harness::Chain chains[] = {value(point.chain(bench, launcher(before))),
                                     value(point.chain(bench, launcher(after)))};
    const auto times = value(harness::time_in_turn(bench, chains, 15));
    const double ratio = times[0].median_us / times[1].median_us;
    ratios[pdl ? -m : m].push_back(ratio);
    fmt::print("{} m={} {} old {:.2f} new {:.2f} us old/new {:.3f}{}\n", plan.config.name(), m,
               pdl ? "pdl" : "plain", times[0].median_us, times[1].median_us, ratio,
               failure.empty() ? "" : " WRONG " + failure);
  }
};

}  // namespace
}  // namespace jitgemm

int main(int argc, char** argv) {
  using namespace jitgemm;
  if (argc < 4) return 2;
  Comparison comparison;
  comparison.folder = argv[1];
  std::vector<GemmDesc> shapes = shapes_of(argv[2]);
  if (argc > 4) shapes.resize(std::min<size_t>(shapes.size(), std::stoul(argv[4])));
  for (const GemmDesc& shape : shapes) {
    const auto weights = value(
        harness::Weights::generate(comparison.bench, shape, harness::copies_of(shape.n * shape.k)));
    for (const std::string& m : fields_of(argv[3]))
      for (bool pdl : {false, true}) comparison.point(weights, std::stoll(m), pdl);
  }
  for (const auto& [m, ratios] : comparison.ratios) {
    double sum = 0, worst = 9;
    for (double ratio : ratios) sum += std::log(ratio), worst = std::min(worst, ratio);
    fmt::print("m={} {} points={} old/new geomean {:.4f} worst {:.3f}\n", std::abs(m),
               m < 0 ? "pdl" : "plain", ratios.size(), std::exp(sum / ratios.size()), worst);
  }
  fmt::print("wrong {}\n", comparison.wrong);
  return comparison.wrong == 0 ? 0 : 1;
}
