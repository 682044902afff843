#include "src/plan/plan.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "kernels/layout.h"
#include "src/plan/candidates.h"
#include "src/plan/desc.h"
#include "src/plan/model.h"
#include "src/plan/partition.h"

namespace jitgemm::plan {
namespace {

constexpr int64_t kSwappedEnd = 8 * kMaxTokenTiles;

// The last M of each bucket: a bucket for each token tile of the swapped form, then ever larger
// ones, because one more tile changes the time less and less.
constexpr int64_t kBucketEdges[] = {8,    16,   24,    32,          40,           48,   56,   64,
                                    96,   128,  192,   256,         384,          512,  640,  768,
                                    1024, 1280, 1536,  2048,        2560,         3072, 4096, 5120,
                                    6144, 8192, 16384, kSwappedEnd, kMaxDimension};

// The M for which the kernel of m's bucket is chosen: its last. 1 <= m <= kMaxDimension.
int64_t bucket(int64_t m) {
  return *std::lower_bound(std::begin(kBucketEdges), std::end(kBucketEdges), m);
}

// One wave of tokens belongs to the swapped form: the times of the normal form were fitted to more.
std::vector<Form> forms(Form form, int64_t m) {
  if (form != Form::kAuto) return {form};
  if (m <= kWaveRows) return {Form::kSwapped};
  return {Form::kSwapped, Form::kNormal};
}

using Pinned = std::optional<Partition>;

Pinned pinned_by(const Rules& rules, const GemmDesc& desc, const DeviceModel& device) {
  return rules.batch_invariant ? Pinned(pinned_partition(desc, device)) : std::nullopt;
}

std::vector<Candidate> sorted_candidates(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                                         const Rules& rules, const Pinned& pinned) {
  std::vector<Candidate> candidates;
  for (Form each : forms(rules.form, m))
    for (const KernelConfig& config : enumerate(desc, m, each, device, pinned))
      candidates.push_back(
          {config, predict_us(config, m, device, rules.chain), reject(config, m, device)});
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

// The line of the table for m, or null. A line is ignored if its kernel has another form or
// partition than the rules ask for, or cannot serve the device up to the last M of the line.
const TunedRange* tuned(const TuningTable& table, const GemmDesc& desc, int64_t m,
                        const DeviceModel& device, const Rules& rules, const Pinned& pinned) {
  const TunedRange* range = table.find(desc, m, rules.chain, device);
  if (!range) range = table.find(desc, m, Chain::kPlain, device);
  if (!range || (rules.form != Form::kAuto && rules.form != range->config.form)) return nullptr;
  if (pinned && partition_of(range->config) != *pinned) return nullptr;
  return reject(range->config, range->m_last, device).empty() ? range : nullptr;
}

// A line for plain launches says nothing about the overlap of launches with PDL.
Overlap overlap_of(const TunedRange& range, Chain chain) {
  return range.chain == chain ? range.overlap : usual_overlap(range.config);
}

std::string reason_for(const TuningTable& table, const TunedRange& range) {
  return fmt::format("{}: {:.2f} us when tuned for m = {}..{}, {}, {}", table.origin(), range.us,
                     range.m_first, range.m_last,
                     range.chain == Chain::kPdl ? "with dependent launch" : "plain launches",
                     range.overlap.text());
}

// `desc` and `m` are valid.
Result<Decision> decide_among(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                              const Rules& rules, const Pinned& pinned) {
  const int64_t bucket_last = bucket(m);
  Decision decision;
  decision.candidates = sorted_candidates(desc, bucket_last, device, rules, pinned);
  for (const TuningTable& table : rules.tables)
    if (const TunedRange* range = tuned(table, desc, m, device, rules, pinned)) {
      decision.config = range->config;
      decision.config.bias = desc.bias;
      decision.overlap = overlap_of(*range, rules.chain);
      decision.source = table.origin();
      decision.reason = reason_for(table, *range);
      return decision;
    }
  if (decision.candidates.empty() || !decision.candidates.front().rejected.empty())
    return Status(
        StatusCode::kInvalidArgument,
        fmt::format("no kernel serves {} at m = {}: {}", shape_name(desc), m,
                    decision.candidates.empty() ? "the form has no kernel with the partition of K"
                                                : decision.candidates.front().rejected));
  decision.config = decision.candidates.front().config;
  decision.overlap = usual_overlap(decision.config);
  decision.source = "model";
  decision.reason = reason_for(decision.candidates, bucket_last);
  return decision;
}

}  // namespace

int64_t bucket_first(int64_t m) {
  const auto edge = std::lower_bound(std::begin(kBucketEdges), std::end(kBucketEdges), m);
  return edge == std::begin(kBucketEdges) ? 1 : edge[-1] + 1;
}

Result<Decision> decide(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                        const Rules& rules) {
  if (Status status = validate(desc); !status.ok()) return status;
  if (m < 1 || m > kMaxDimension)
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("m = {} is outside 1..{} ({})", m, kMaxDimension, shape_name(desc)));
  return decide_among(desc, m, device, rules, pinned_by(rules, desc, device));
}

std::vector<Range> ranges(const GemmDesc& desc, const DeviceModel& device, const Rules& rules) {
  std::set<int64_t> edges(std::begin(kBucketEdges), std::end(kBucketEdges));
  for (const TuningTable& table : rules.tables)
    for (int64_t edge : table.edges(desc)) edges.insert(edge);
  const Pinned pinned = pinned_by(rules, desc, device);
  std::vector<Range> all;
  for (int64_t edge : edges) {
    const Result<Decision> decision = decide_among(desc, edge, device, rules, pinned);
    if (!decision.ok()) break;  // a later range would claim these M for its kernel
    if (!all.empty() && all.back().config == decision->config &&
        all.back().overlap == decision->overlap)
      all.back().m_last = edge;
    else
      all.push_back({edge, decision->config, decision->overlap, decision->source});
  }
  return all;
}

std::vector<KernelConfig> kernels_for(const GemmDesc& desc, int64_t m_max,
                                      const DeviceModel& device, const Rules& rules) {
  std::vector<KernelConfig> configs;
  int64_t m_first = 1;
  for (const Range& range : ranges(desc, device, rules)) {
    if (m_first > m_max) break;
    if (std::find(configs.begin(), configs.end(), range.config) == configs.end())
      configs.push_back(range.config);
    m_first = range.m_last + 1;
  }
  return configs;
}

}  // namespace jitgemm::plan
