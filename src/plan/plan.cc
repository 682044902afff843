#include "src/plan/plan.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "src/plan/candidates.h"
#include "src/plan/desc.h"
#include "src/plan/model.h"

namespace jitgemm::plan {
namespace {

constexpr int64_t kSwappedEnd = 8 * kMaxTokenTiles;

// Values of M up to each edge share a kernel: every token tile of the swapped form, then ever
// coarser, as one tile more matters ever less.
constexpr int64_t kBucketEdges[] = {8,    16,   24,    32,          40,           48,   56,   64,
                                    96,   128,  192,   256,         384,          512,  640,  768,
                                    1024, 1280, 1536,  2048,        2560,         3072, 4096, 5120,
                                    6144, 8192, 16384, kSwappedEnd, kMaxDimension};

// The M that stands for all of its bucket, 1 <= m <= kMaxDimension.
int64_t bucket(int64_t m) {
  return *std::lower_bound(std::begin(kBucketEdges), std::end(kBucketEdges), m);
}

std::vector<Form> forms(Form form) {
  if (form != Form::kAuto) return {form};
  return {Form::kSwapped, Form::kNormal};
}

std::vector<Candidate> weigh(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                             Form form) {
  std::vector<Candidate> candidates;
  for (Form each : forms(form))
    for (const KernelConfig& config : enumerate(desc, m, each, device))
      candidates.push_back({config, predict_us(config, m, device), reject(config, m, device)});
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     if (a.rejected.empty() != b.rejected.empty()) return a.rejected.empty();
                     return a.rejected.empty() && a.predicted_us < b.predicted_us;
                   });
  return candidates;
}

std::string reason_for(const std::vector<Candidate>& candidates, int64_t m) {
  const Candidate& best = candidates.front();
  std::string reason =
      fmt::format("model: {:.2f} us at m = {}, the least of", best.predicted_us, m);
  const auto eligible = std::count_if(candidates.begin(), candidates.end(),
                                      [](const Candidate& c) { return c.rejected.empty(); });
  reason += fmt::format(" {} candidates", eligible);
  const auto other = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.rejected.empty() && c.config.form != best.config.form;
  });
  if (other != candidates.end())
    reason += fmt::format("; the best {} one: {:.2f} us",
                          other->config.form == Form::kSwapped ? "swapped" : "normal",
                          other->predicted_us);
  return reason;
}

}  // namespace

Result<Decision> decide(const GemmDesc& desc, int64_t m, const DeviceModel& device, Form form) {
  if (Status status = validate(desc); !status.ok()) return status;
  if (m < 1 || m > kMaxDimension)
    return Status(StatusCode::kInvalidArgument, fmt::format("m = {} is not between 1 and {} ({})",
                                                            m, kMaxDimension, shape_name(desc)));
  const int64_t standing_for = bucket(m);
  Decision decision;
  decision.candidates = weigh(desc, standing_for, device, form);
  if (!decision.candidates.front().rejected.empty())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("no kernel serves {} at m = {}: {}", shape_name(desc), m,
                              decision.candidates.front().rejected));
  decision.config = decision.candidates.front().config;
  decision.reason = reason_for(decision.candidates, standing_for);
  return decision;
}

std::vector<Range> ranges(const GemmDesc& desc, const DeviceModel& device, Form form) {
  std::vector<Range> all;
  for (int64_t edge : kBucketEdges) {
    const Result<Decision> decision = decide(desc, edge, device, form);
    if (!decision.ok()) continue;
    if (!all.empty() && all.back().config == decision->config)
      all.back().m_last = edge;
    else
      all.push_back({edge, decision->config});
  }
  return all;
}

std::vector<KernelConfig> kernels_for(const GemmDesc& desc, int64_t m_max,
                                      const DeviceModel& device, Form form) {
  std::vector<KernelConfig> configs;
  int64_t m_first = 1;
  for (const Range& range : ranges(desc, device, form)) {
    if (m_first > m_max) break;
    if (std::find(configs.begin(), configs.end(), range.config) == configs.end())
      configs.push_back(range.config);
    m_first = range.m_last + 1;
  }
  return configs;
}

}  // namespace jitgemm::plan
