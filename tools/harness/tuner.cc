#include "tools/harness/tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "kernels/layout.h"
#include "src/plan/candidates.h"
#include "src/plan/config_name.h"
#include "src/plan/desc.h"
#include "src/plan/model.h"
#include "src/plan/plan.h"
#include "tools/harness/chain.h"

namespace jitgemm::harness {
namespace {

using plan::KernelConfig;

constexpr int kScreenLaunches = 50, kScreenReplays = 3;  // of a contender that is screened
// The overlap that is often best for a large weight in a PDL chain.
constexpr plan::Overlap kEager = {
    .stages_ahead = kMaxStages, .stages_fetched = 1, .release_early = true};
constexpr size_t kTwinned = 8;    // kernels that a PDL chain screens in two more ways
constexpr size_t kVaried = 5;     // kernels that are timed with every overlap
constexpr size_t kFinalists = 8;  // contenders that are timed again, in full

bool faster(const Contender& a, const Contender& b) {
  if (a.failure.ok() != b.failure.ok()) return a.failure.ok();
  return a.failure.ok() && a.us < b.us;
}

bool same(const Contender& contender, const KernelConfig& config, const plan::Overlap& overlap) {
  return contender.config == config && contender.overlap == overlap;
}

// The fastest kernels, each once.
std::vector<const Contender*> first_kernels(const std::vector<Contender>& ranked, size_t most) {
  std::vector<const Contender*> kernels;
  for (const Contender& contender : ranked) {
    if (!contender.failure.ok() || kernels.size() == most) break;
    const bool known = std::any_of(kernels.begin(), kernels.end(), [&](const Contender* other) {
      return other->config == contender.config;
    });
    if (!known) kernels.push_back(&contender);
  }
  return kernels;
}

Contender in_overlap(const Contender& kernel, const plan::Overlap& overlap) {
  Contender other = kernel;
  other.overlap = fitted(overlap, kernel.config, kernel.config.k);
  other.chosen = false;
  return other;
}

Contender filling_its_ring(const Contender& kernel) {
  Contender twin = kernel;
  twin.config.fill_ring = true;
  twin.kernel = nullptr;
  return in_overlap(twin, {});
}

bool contains(const std::vector<Contender>& contenders, const Contender& contender) {
  return std::any_of(contenders.begin(), contenders.end(), [&](const Contender& other) {
    return same(other, contender.config, contender.overlap);
  });
}

// For a PDL chain: the fastest kernels once more, with an eager overlap, and filling the ring where
// the device has room for that.
std::vector<Contender> twins(const std::vector<Contender>& ranked, int64_t m,
                             const plan::DeviceModel& device) {
  std::vector<Contender> others;
  for (const Contender* kernel : first_kernels(ranked, kTwinned)) {
    if (kernel->config.form != Form::kSwapped) continue;
    for (Contender twin : {in_overlap(*kernel, kEager), filling_its_ring(*kernel)})
      if (plan::reject(twin.config, m, device).empty() && !contains(ranked, twin))
        others.push_back(std::move(twin));
  }
  return others;
}

// The fastest kernels with the overlaps that were not timed yet.
std::vector<Contender> varied(const std::vector<Contender>& ranked) {
  std::vector<Contender> others;
  for (const Contender* kernel : first_kernels(ranked, kVaried))
    for (const plan::Overlap& overlap : overlaps_of(kernel->config, plan::chain_of(kernel->pdl))) {
      Contender other = in_overlap(*kernel, overlap);
      if (!contains(ranked, other)) others.push_back(std::move(other));
    }
  return others;
}

}  // namespace

Result<std::vector<KernelConfig>> read_config_list(const std::string& path) {
  std::vector<KernelConfig> configs;
  if (path.empty()) return configs;
  std::ifstream file(path);
  if (!file) return Status(StatusCode::kInvalidArgument, fmt::format("{} cannot be read", path));
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const Result<KernelConfig> config = plan::parse_config_name(line);
    if (!config.ok()) return config.status();
    configs.push_back(*config);
  }
  return configs;
}

Result<std::unique_ptr<Tuner>> Tuner::open(const Workbench& bench, const Options& library,
                                           TuneOptions options) {
  Result<std::shared_ptr<LibraryState>> state = LibraryState::open(library);
  if (!state.ok()) return state.status();
  return std::unique_ptr<Tuner>(new Tuner(bench, *std::move(state), std::move(options)));
}

Tuner::Tuner(const Workbench& bench, std::shared_ptr<LibraryState> library, TuneOptions options)
    : bench_(bench), options_(std::move(options)), library_(std::move(library)) {}

Result<std::vector<Contender>> Tuner::rank(const Weights& weights, int64_t m, bool pdl) {
  Result<std::vector<Contender>> contenders = enter(weights.desc(), m, pdl);
  if (!contenders.ok()) return contenders;
  const Result<Point> point = Point::prepare(bench_, weights, m);
  if (!point.ok()) return point.status();
  std::vector<Contender> ranked;
  Status status = join(*point, *std::move(contenders), &ranked);
  if (status.ok() && pdl) status = join(*point, twins(ranked, m, bench_.gpu->model()), &ranked);
  if (status.ok()) status = join(*point, varied(ranked), &ranked);
  if (status.ok()) status = measure(*point, ranked);
  if (!status.ok()) return status;
  return ranked;
}

void Tuner::foresee(const GemmDesc& desc, int64_t m, bool pdl) {
  if (foreseen_.valid()) foreseen_.wait();
  foreseen_ = std::async(std::launch::async, [this, desc, m, pdl] {
    const Result<std::vector<Contender>> contenders = enter(desc, m, pdl);
    if (!contenders.ok()) return;  // rank() reports it
    static_cast<void>(in_parallel(*bench_.gpu, contenders->size(), [&](size_t i) {
      return library_->registry().warm((*contenders)[i].config).status();
    }));
  });
}

// Makes `others`, checks them, times the right ones in brief, and ranks them among `ranked`.
Status Tuner::join(const Point& point, std::vector<Contender> others,
                   std::vector<Contender>* ranked) {
  make_kernels(point.operands().m, &others);
  std::vector<Contender*> sound;
  for (Contender& contender : others) {
    if (Status status = check(point, &contender); !status.ok()) return status;
    if (contender.failure.ok()) sound.push_back(&contender);
  }
  if (Status status = time(point, sound, kScreenLaunches, kScreenReplays); !status.ok())
    return status;
  ranked->insert(ranked->end(), std::make_move_iterator(others.begin()),
                 std::make_move_iterator(others.end()));
  std::stable_sort(ranked->begin(), ranked->end(), faster);
  return {};
}

// The planner's choice, then its candidates, best first, or the configs of the options.
Result<std::vector<Contender>> Tuner::enter(const GemmDesc& desc, int64_t m, bool pdl) const {
  const plan::DeviceModel& device = bench_.gpu->model();
  plan::Rules rules = library_->rules(plan::chain_of(pdl));
  rules.form = options_.form;
  const Result<plan::Decision> decision = plan::decide(desc, m, device, rules);
  if (!decision.ok()) return decision.status();
  std::vector<Contender> contenders;
  const auto add = [&](const KernelConfig& config, const plan::Overlap& overlap) {
    Contender contender;
    contender.config = config;
    contender.overlap = fitted(overlap, config, config.k);
    contender.predicted_us = plan::predict_us(config, m, device, rules.chain);
    contender.chosen =
        same(contender, decision->config, fitted(decision->overlap, decision->config, config.k));
    contender.pdl = pdl;
    if (!contains(contenders, contender)) contenders.push_back(std::move(contender));
  };
  add(decision->config, decision->overlap);
  for (const KernelConfig& config : options_.configs)
    if (config.n == desc.n && config.k == desc.k) add(config, usual_overlap(config));
  if (options_.configs.empty()) {
    size_t entered = 0;
    for (const plan::Candidate& candidate : decision->candidates)
      if (candidate.rejected.empty() && entered++ < options_.top)
        add(candidate.config, usual_overlap(candidate.config));
  }
  return contenders;
}

// Makes the kernels on all cores but one. A kernel that cannot be made gets its failure.
void Tuner::make_kernels(int64_t m, std::vector<Contender>* contenders) {
  static_cast<void>(in_parallel(*bench_.gpu, contenders->size(), [&](size_t i) {
    Contender& contender = (*contenders)[i];
    const std::string reason = plan::reject(contender.config, m, bench_.gpu->model());
    if (!reason.empty()) {
      contender.failure = {StatusCode::kInvalidArgument, reason};
    } else if (!contender.kernel) {
      Result<KernelPtr> kernel = library_->registry().get(contender.config);
      contender.failure = kernel.status();
      if (kernel.ok()) contender.kernel = *std::move(kernel);
    }
    return Status();
  }));
}

Launch Tuner::launcher(const Contender& contender) const {
  return [this, kernel = contender.kernel, overlap = contender.overlap, pdl = contender.pdl](
             const GemmArgs& args, Stream stream) -> Status {
    const auto& config = std::get<KernelConfig>(kernel->kernel());
    const GemmDesc desc{.n = config.n, .k = config.k};
    Result<GemmArgs> complete = plan::complete(desc, args);
    if (!complete.ok()) return complete.status();
    complete->pdl = pdl;
    return kernel->launch({desc, *complete}, stream, bench_.gpu->sms(), overlap);
  };
}

// Times the fastest of the ranked contenders in full.
Status Tuner::measure(const Point& point, std::vector<Contender>& contenders) const {
  std::vector<Contender*> finalists;
  for (Contender& contender : contenders)
    if (contender.failure.ok() && finalists.size() < kFinalists) finalists.push_back(&contender);
  if (Status status = time(point, finalists, kMinLaunches, kMeasured); !status.ok()) return status;
  std::stable_sort(contenders.begin(),
                   contenders.begin() + static_cast<std::ptrdiff_t>(finalists.size()), faster);
  return {};
}

// Checks a kernel that was made. An error that breaks the context ends the run, and names it.
Status Tuner::check(const Point& point, Contender* contender) const {
  if (!contender->kernel) return {};
  const Result<Check> check = point.check(bench_, launcher(*contender));
  if (!check.ok())
    return {check.status().code(),
            fmt::format("{}: {}", contender->config.name(), check.status().message())};
  contender->relative_error = check->relative_error;
  if (const std::string failure = check->failure(); !failure.empty())
    contender->failure = {StatusCode::kInternal, failure};
  return {};
}

Status Tuner::time(const Point& point, const std::vector<Contender*>& contenders, int launches,
                   int measured) const {
  std::vector<Chain> chains;
  for (const Contender* contender : contenders) {
    Result<Chain> chain = point.chain(bench_, launcher(*contender), launches);
    if (!chain.ok()) return chain.status();
    chains.push_back(*std::move(chain));
  }
  const auto timings = time_in_turn(bench_, chains, measured);
  if (!timings.ok()) return timings.status();
  for (size_t i = 0; i < contenders.size(); ++i) contenders[i]->us = (*timings)[i].median_us;
  return {};
}

}  // namespace jitgemm::harness
