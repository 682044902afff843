#include "src/plan/tuning_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "kernels/layout.h"
#include "src/plan/candidates.h"
#include "src/plan/config_name.h"
#include "src/plan/desc.h"

namespace jitgemm::plan {
namespace {

constexpr std::string_view kHeader = "jitgemm-tuning-table 1";
constexpr std::string_view kDevice = "device ";
constexpr std::string_view kChainWords[] = {"plain", "pdl"};
constexpr std::string_view kEarly = "early", kLate = "late";

// Removes the next word from `text` and returns it.
std::string_view next_word(std::string_view* text) {
  const size_t first = std::min(text->find_first_not_of(' '), text->size());
  const size_t last = std::min(text->find(' ', first), text->size());
  const std::string_view word = text->substr(first, last - first);
  text->remove_prefix(last);
  return word;
}

template <typename Number>
constexpr Number kLargest = std::numeric_limits<Number>::max();

// Reads a number from `least` to `most`; false, and nothing is stored, if the text is another.
template <typename Number>
bool read_number(std::string_view text, Number least, Number most, Number* out) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (!(least <= value && value <= most)) return false;
  *out = value;
  return true;
}

std::optional<Chain> chain_of(std::string_view word) {
  for (Chain chain : kChains)
    if (kChainWords[static_cast<int>(chain)] == word) return chain;
  return std::nullopt;
}

// "1..8"
bool read_range(std::string_view word, TunedRange* range) {
  const size_t dots = word.find("..");
  if (dots == std::string_view::npos) return false;
  return read_number(word.substr(0, dots), int64_t{1}, kMaxDimension, &range->m_first) &&
         read_number(word.substr(dots + 2), range->m_first, kMaxDimension, &range->m_last);
}

Status expected(std::string_view what, std::string_view found) {
  return {StatusCode::kInvalidArgument, fmt::format("{} expected, found '{}'", what, found)};
}

Status check_kernel(const KernelConfig& config) {
  if (Status status = validate({.n = config.n, .k = config.k}); !status.ok()) return status;
  if (const std::string defect = defect_of(config); !defect.empty())
    return {StatusCode::kInvalidArgument, fmt::format("{}: {}", config.name(), defect)};
  return {};
}

// Stores one "name=value" in `range` or `family`.
Status read_field(std::string_view word, TunedRange* range, int* family) {
  const size_t equals = std::min(word.find('='), word.size());
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(std::min(equals + 1, word.size()));
  const auto stored = [&](bool is_good, std::string_view accepted) {
    return is_good ? Status() : expected(accepted, word);
  };
  Overlap& overlap = range->overlap;
  if (name == "family")
    return stored(read_number(value, 1, kLargest<int>, family), "family=<version>");
  if (name == "ahead")
    return stored(read_number(value, 1, kMaxStages, &overlap.stages_ahead), "ahead=<stages>");
  if (name == "fetched")
    return stored(read_number(value, 0, kMaxStages, &overlap.stages_fetched), "fetched=<stages>");
  if (name == "us")
    return stored(read_number(value, 0.0, kLargest<double>, &range->us), "us=<microseconds>");
  if (name == "release") {
    overlap.release_early = value == kEarly;
    return stored(value == kEarly || value == kLate, "release=early or release=late");
  }
  if (name != "key") return expected("family=, ahead=, fetched=, release=, us= or key=", word);
  range->key = std::string(value);
  return {};
}

// Reads what follows the word of the chain. `family` becomes the version in the line.
Status read_line(std::string_view text, TunedRange* range, int* family) {
  const std::string_view m = next_word(&text);
  if (!read_range(m, range)) return expected("values of M such as 1..8", m);
  const Result<KernelConfig> config = parse_config_name(next_word(&text));
  if (!config.ok()) return config.status();
  range->config = *config;
  range->overlap = usual_overlap(*config);
  for (std::string_view word = next_word(&text); !word.empty(); word = next_word(&text))
    if (Status status = read_field(word, range, family); !status.ok()) return status;
  if (*family == 0) return expected("family=<version>", "");
  if (range->us == 0) return expected("us=<microseconds>", "");
  if (range->key.empty()) return expected("key=<digest>", "");
  return {};
}

bool is_whole(const DeviceModel& device) {
  const Result<DeviceModel> kind = device_by_name(device.name);
  return kind.ok() && kind->sms == device.sms;
}

bool same_shape(const KernelConfig& config, const GemmDesc& desc) {
  return config.n == desc.n && config.k == desc.k;
}

}  // namespace

std::string TunedRange::text() const {
  return fmt::format("{} {}..{} {} family={} ahead={} fetched={} release={} us={:.2f} key={}\n",
                     kChainWords[static_cast<int>(chain)], m_first, m_last, config.name(),
                     family_version(config.form), overlap.stages_ahead, overlap.stages_fetched,
                     overlap.release_early ? kEarly : kLate, us, key);
}

std::string table_header() { return fmt::format("{}\n", kHeader); }

std::string device_line(std::string_view device) { return fmt::format("{}{}\n", kDevice, device); }

Result<TuningTable> TuningTable::parse(std::string_view text, std::string origin) {
  TuningTable table(std::move(origin));
  std::string device;
  bool has_header = false;
  for (int line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    Status status;
    if (line == kHeader)
      has_header = true;
    else if (!has_header)
      status = expected(fmt::format("'{}'", kHeader), line);
    else
      status = table.add(line, &device);
    if (!status.ok())
      return Status(status.code(),
                    fmt::format("{}:{}: {}", table.origin_, line_number, status.message()));
  }
  return table;
}

// Adds one line below the header; `device` is the name in the last device line.
Status TuningTable::add(std::string_view line, std::string* device) {
  if (line.starts_with(kDevice)) {
    Result<DeviceModel> kind = device_by_name(line.substr(kDevice.size()));
    if (kind.ok()) *device = std::move(kind->name);
    return kind.status();
  }
  const std::string_view word = next_word(&line);
  const std::optional<Chain> chain = chain_of(word);
  if (!chain) return expected("'device', 'plain' or 'pdl'", word);
  if (device->empty()) return expected("a 'device' line before this", word);

  TunedRange range;
  range.device = *device;
  range.chain = *chain;
  int family = 0;
  if (Status status = read_line(line, &range, &family); !status.ok()) return status;
  if (family != family_version(range.config.form)) {
    ++passed_over_;
    return {};
  }
  if (Status status = check_kernel(range.config); !status.ok()) return status;
  lines_.push_back(std::move(range));
  return {};
}

const TunedRange* TuningTable::find(const GemmDesc& desc, int64_t m, Chain chain,
                                    const DeviceModel& device) const {
  const auto found = std::find_if(lines_.rbegin(), lines_.rend(), [&](const TunedRange& range) {
    return same_shape(range.config, desc) && range.chain == chain && range.m_first <= m &&
           m <= range.m_last && range.device == device.name;
  });
  return found != lines_.rend() && is_whole(device) ? &*found : nullptr;
}

std::vector<int64_t> TuningTable::edges(const GemmDesc& desc) const {
  std::vector<int64_t> edges;
  for (const TunedRange& range : lines_) {
    if (!same_shape(range.config, desc)) continue;
    if (range.m_first > 1) edges.push_back(range.m_first - 1);
    edges.push_back(range.m_last);
  }
  return edges;
}

}  // namespace jitgemm::plan
