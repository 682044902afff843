// compare_kernels FOLDER SHAPES.csv M[,M...] [COUNT]: times the kernels that the planner picks,
// plain and with PDL, against the cubins of the same names in FOLDER
// (tests/kernels/programs/sass_digest writes them), old and new alternating in one process. Prints
// old / new of each point, and the geometric mean and the worst point of each M. COUNT limits the
// shapes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/device/loaded_kernel.h"
#include "src/plan/plan.h"
#include "src/runtime/tables.h"
#include "tests/kernels/shapes.h"
#include "tools/harness/chain.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm {
namespace {

using harness::Point;
using harness::Workbench;
using Kernel = std::shared_ptr<const device::LoadedKernel>;

template <typename T>
T value(Result<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print("{}\n{}\n", result.status().message(), result.status().detail());
  std::exit(1);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Comparison {
  std::string folder;
  Workbench bench;
  std::shared_ptr<compile::Nvrtc> nvrtc;
  std::shared_ptr<const device::Driver> driver;
  std::map<std::string, Kernel> compiled = {}, loaded = {};
  std::map<int64_t, std::vector<double>> ratios = {};
  int wrong = 0;

  Kernel fresh(const plan::KernelConfig& config) {
    Kernel& kernel = compiled[config.name()];
    if (!kernel)
      kernel = value(device::LoadedKernel::load(
          driver,
          value(nvrtc->compile(codegen::generate(config), codegen::compile_options())).cubin,
          config));
    return kernel;
  }
  Kernel old(const plan::KernelConfig& config) {
    Kernel& kernel = loaded[config.name()];
    if (const std::string cubin = read(folder + "/" + config.name() + ".cubin");
        !kernel && !cubin.empty())
      kernel = value(device::LoadedKernel::load(driver, cubin, config));
    return kernel;
  }

  void point(const harness::Weights& weights, int64_t m, bool pdl) {
    const Tables tables = *Tables::open({}, true);
    const plan::Decision plan = value(plan::decide(
        weights.desc(), m, bench.gpu->model(), tables.complete({.chain = plan::chain_of(pdl)})));
    const Kernel before = old(plan.config), after = fresh(plan.config);
    if (!before) return;
    const Point point = value(Point::prepare(bench, weights, m));
    const auto launcher = [&](const Kernel& kernel) {
      return [&, kernel](const GemmArgs& args, Stream stream) {
        GemmArgs given = args;
        given.pdl = pdl;
        return kernel->launch({weights.desc(), value(plan::complete(weights.desc(), given))},
                              stream, bench.gpu->sms(), plan.overlap);
      };
    };
    const std::string failure = value(point.check(bench, launcher(after))).failure();
    if (!failure.empty()) ++wrong;
    const harness::Chain a = value(point.chain(bench, launcher(before)));
    const harness::Chain b = value(point.chain(bench, launcher(after)));
    const auto times = value(harness::time_in_turn(bench, {&a, &b}, 15));
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
  Workbench bench = value(Workbench::open({}, {}));
  auto driver = value(device::Driver::open({}));
  Comparison comparison{argv[1], std::move(bench), value(compile::Nvrtc::open({})), driver};
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
