// time_candidates N:K[,N:K...] M[,M...] OUT.csv: times every kernel that the planner considers,
// plain launches in random order, after a check of each result. Writes
// n,k,m,kernel,us,us_min,us_max: what src/plan/normal_tiles.h is fitted to. Kernels that take more
// than kHopeless times as long as the fastest are left out.
#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "src/plan/plan.h"
#include "tests/gpu/programs/program.h"
#include "tests/kernels/shapes.h"
#include "tools/harness/chain.h"
#include "tools/harness/point.h"

namespace jitgemm {
namespace {

using harness::Chain;

constexpr double kHopeless = 1.25;
constexpr int kRounds = 5;
constexpr double kChainUs = 2500, kFlopPerUs = 1e9;  // the length of a chain, roughly

struct Trial : Kernels {
  void point(const harness::Weights& weights, int64_t m, std::FILE* out) {
    const GemmDesc& desc = weights.desc();
    const auto point = value(harness::Point::prepare(bench, weights, m));
    const int launches = std::clamp(static_cast<int>(kChainUs / (3 + point.flops() / kFlopPerUs)),
                                    3, harness::kMinLaunches);
    std::vector<std::string> names;
    std::vector<Chain> chains;
    for (const plan::Candidate& candidate :
         value(plan::decide(desc, m, bench.gpu->model(), {})).candidates) {
      if (!candidate.rejected.empty()) continue;
      const harness::Launch launch =
          launcher(kernel(candidate.config), desc, plan::usual_overlap(candidate.config));
      if (!value(point.check(bench, launch)).failure().empty()) ++wrong;
      names.push_back(candidate.config.name());
      chains.push_back(value(point.chain(bench, launch, launches)));
    }
    for (int rounds : {1, kRounds}) {
      const auto times = value(harness::time_in_turn(bench, chains, rounds));
      double best = times.front().median_us;
      for (const harness::Timing& time : times) best = std::min(best, time.median_us);
      size_t kept = 0;
      for (size_t i = 0; i < times.size(); ++i) {
        if (rounds == kRounds)
          fmt::print(out, "{},{},{},{},{:.3f},{:.3f},{:.3f}\n", desc.n, desc.k, m, names[i],
                     times[i].median_us, times[i].min_us, times[i].max_us);
        if (times[i].median_us >= kHopeless * best) continue;
        if (kept != i) names[kept] = std::move(names[i]), chains[kept] = std::move(chains[i]);
        ++kept;
      }
      names.resize(kept);
      chains.erase(chains.begin() + static_cast<std::ptrdiff_t>(kept), chains.end());
    }
  }
};

}  // namespace
}  // namespace jitgemm

int main(int argc, char** argv) {
  using namespace jitgemm;
  std::FILE* const out = argc == 4 ? std::fopen(argv[3], "w") : nullptr;
  if (out == nullptr) return 2;
  Trial trial;
  for (const std::string& shape : fields_of(argv[1])) {
    const size_t colon = shape.find(':');
    const GemmDesc desc = {.n = std::stoll(shape.substr(0, colon)),
                           .k = std::stoll(shape.substr(colon + 1))};
    const auto weights =
        value(harness::Weights::generate(trial.bench, desc, harness::copies_of(desc.n * desc.k)));
    for (const std::string& m : fields_of(argv[2])) trial.point(weights, std::stoll(m), out);
  }
  fmt::print("wrong {}\n", trial.wrong);
  std::fclose(out);
  return trial.wrong == 0 ? 0 : 1;
}
