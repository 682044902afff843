#include "tools/harness/tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/compile/nvrtc.h"
#include "src/plan/candidates.h"
#include "src/plan/desc.h"
#include "src/plan/model.h"
#include "src/plan/plan.h"
#include "tools/harness/chain.h"
#include "tools/harness/parallel.h"

namespace jitgemm::harness {
namespace {

using plan::KernelConfig;

constexpr int kScreenLaunches = 50, kScreenReplays = 3;  // for all
constexpr size_t kFinalists = 6;                         // that are timed again, in full

Result<std::shared_ptr<compile::Compiler>> open_nvrtc(const std::string& path) {
  Result<std::shared_ptr<compile::Nvrtc>> nvrtc = compile::Nvrtc::open(path);
  if (!nvrtc.ok()) return nvrtc.status();
  return std::shared_ptr<compile::Compiler>(*std::move(nvrtc));
}

}  // namespace

Result<std::unique_ptr<Tuner>> Tuner::open(const Workbench& bench, const Options& library,
                                           TuneOptions options) {
  Result<Tables> tables = Tables::open(library.tuning_table, library.embedded_table);
  if (!tables.ok()) return tables.status();
  return std::unique_ptr<Tuner>(new Tuner(bench, library, *std::move(tables), std::move(options)));
}

Tuner::Tuner(const Workbench& bench, const Options& library, Tables tables, TuneOptions options)
    : bench_(bench),
      options_(std::move(options)),
      library_(library, std::move(tables),
               [path = library.nvrtc_path] { return open_nvrtc(path); }) {}

Result<std::vector<Contender>> Tuner::rank(const Weights& weights, int64_t m, bool pdl) {
  Result<std::vector<Contender>> contenders = enter(weights.desc(), m, pdl);
  if (!contenders.ok()) return contenders;
  make_kernels(&*contenders);
  const Result<Point> point = Point::prepare(bench_, weights, m);
  if (!point.ok()) return point.status();
  for (Contender& contender : *contenders)
    if (Status status = check(*point, &contender); !status.ok()) return status;

  Status status = time(*point, *contenders, contenders->size(), kScreenLaunches, kScreenReplays);
  if (status.ok()) status = time(*point, *contenders, kFinalists, kMinLaunches, kMeasured);
  if (!status.ok()) return status;
  return contenders;
}

// The planner's candidates, best first, or those of the file; its choice in any case.
Result<std::vector<Contender>> Tuner::enter(const GemmDesc& desc, int64_t m, bool pdl) const {
  const plan::DeviceModel& device = bench_.gpu->model();
  plan::Rules rules = library_.rules(pdl ? plan::Chain::kPdl : plan::Chain::kPlain);
  rules.form = options_.form;
  const Result<plan::Decision> decision = plan::decide(desc, m, device, rules);
  if (!decision.ok()) return decision.status();
  std::vector<Contender> contenders;
  const auto add = [&](const KernelConfig& config) {
    for (const Contender& other : contenders)
      if (other.config == config) return;
    Contender contender;
    contender.config = config;
    contender.predicted_us = plan::predict_us(config, m, device);
    contender.chosen = config == decision->config;
    contender.pdl = pdl;
    contenders.push_back(std::move(contender));
  };
  add(decision->config);
  for (const KernelConfig& config : options_.configs)
    if (config.n == desc.n && config.k == desc.k) add(config);
  if (options_.configs.empty())
    for (const plan::Candidate& candidate : decision->candidates)
      if (candidate.rejected.empty() && contenders.size() < options_.top) add(candidate.config);
  for (Contender& contender : contenders)
    if (const std::string reason = plan::reject(contender.config, m, device); !reason.empty())
      contender.failure = {StatusCode::kInvalidArgument, reason};
  return contenders;
}

// On all cores. One that cannot be made is out, and says why.
void Tuner::make_kernels(std::vector<Contender>* contenders) {
  static_cast<void>(in_parallel(*bench_.gpu, contenders->size(), [&](size_t i) {
    Contender& contender = (*contenders)[i];
    if (!contender.failure.ok()) return Status();
    Result<KernelPtr> kernel = library_.registry().get(contender.config);
    if (kernel.ok())
      contender.kernel = *std::move(kernel);
    else
      contender.failure = kernel.status();
    return Status();
  }));
}

Launch Tuner::launcher(const Contender& contender) const {
  return [this, kernel = contender.kernel, pdl = contender.pdl](const GemmArgs& args,
                                                                Stream stream) -> Status {
    const KernelConfig& config = kernel->config();
    Result<GemmArgs> complete = plan::complete({.n = config.n, .k = config.k}, args);
    if (!complete.ok()) return complete.status();
    complete->pdl = pdl;
    return kernel->launch(*complete, stream, bench_.gpu->sms());
  };
}

// An error that the context does not survive ends the run, and names the kernel.
Status Tuner::check(const Point& point, Contender* contender) const {
  if (!contender->kernel) return {};
  const Result<Check> check = point.check(bench_, launcher(*contender));
  if (!check.ok())
    return {check.status().code(),
            fmt::format("{}: {}", contender->config.name(), check.status().message())};
  contender->relative_error = check->relative_error;
  if (const std::string failure = check->failure(); !failure.empty()) {
    contender->failure = {StatusCode::kInternal, failure};
  }
  return {};
}

// Times the first `count` that are sound, in turn, and sorts by time; those that are not stand
// last.
Status Tuner::time(const Point& point, std::vector<Contender>& contenders, size_t count,
                   int launches, int measured) const {
  std::vector<Contender*> timed;
  std::vector<Chain> chains;
  for (Contender& contender : contenders) {
    if (!contender.failure.ok() || timed.size() == count) continue;
    Result<Chain> chain = point.chain(bench_, launcher(contender), launches);
    if (!chain.ok()) return chain.status();
    timed.push_back(&contender);
    chains.push_back(*std::move(chain));
  }
  std::vector<const Chain*> in_turn;
  for (const Chain& chain : chains) in_turn.push_back(&chain);
  const auto timings = time_in_turn(bench_, in_turn, measured);
  if (!timings.ok()) return timings.status();
  for (size_t i = 0; i < timed.size(); ++i) timed[i]->us = (*timings)[i].median_us;
  std::stable_sort(contenders.begin(), contenders.end(),
                   [](const Contender& a, const Contender& b) {
                     if (a.failure.ok() != b.failure.ok()) return a.failure.ok();
                     return a.failure.ok() && a.us < b.us;
                   });
  return {};
}

}  // namespace jitgemm::harness
