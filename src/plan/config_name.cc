#include "src/plan/config_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "src/plan/candidates.h"
#include "src/plan/generic.h"

namespace jitgemm::plan {
namespace {

using Config = KernelConfig;

struct Field {
  std::string_view spelling;  // each <> stands for the next of `values`
  const char* meaning;
  int Config::*values[2] = {};       // null where there are fewer
  std::optional<bool> generic = {};  // in names of generic kernels only, or of others only
  Form form = Form::kAuto;           // in names of kernels of this form only
  bool Config::*flag = nullptr;      // in names of kernels with this property only
  BiasType bias = BiasType::kNone;   // in names of kernels with this bias only

  bool is_in(const Config& c) const {
    return (!generic || *generic == c.generic()) && (form == Form::kAuto || form == c.form) &&
           (flag == nullptr || c.*flag) && (bias == BiasType::kNone || bias == c.bias);
  }
};

// In the order of a name. A new suffix is one more row.
constexpr Field kFields[] = {
    {.spelling = "generic",
     .meaning = "in place of n and k, which are arguments of the launch: serves every shape",
     .generic = true},
    {.spelling = "n<N>",
     .meaning = "N of the GEMM: outputs, rows of the weight",
     .values = {&Config::n},
     .generic = false},
    {.spelling = "k<K>",
     .meaning = "K of the GEMM: the inner dimension",
     .values = {&Config::k},
     .generic = false},
    {.spelling = "swapped",
     .meaning = "form for few tokens: D^T = B A^T, K may be split over a cluster",
     .form = Form::kSwapped},
    {.spelling = "normal",
     .meaning = "form for many tokens: D = A B^T, persistent blocks",
     .form = Form::kNormal},
    {.spelling = "t<tokens>x<outputs>",
     .meaning = "tile of D that a block computes: tokens x outputs",
     .values = {&Config::tile_m, &Config::tile_n}},
    {.spelling = "s<slices>",
     .meaning = "slices of K, summed by the blocks of a cluster (swapped) or in turn (normal)",
     .values = {&Config::split}},
    {.spelling = "k<blocks>",
     .meaning = "k-blocks of 128: slices are cut at multiples; swapped: also those of a stage",
     .values = {&Config::k_blocks}},
    {.spelling = "p<stages>",
     .meaning = "stages of the ring in shared memory",
     .values = {&Config::stages}},
    {.spelling = "w<warpgroups>",
     .meaning = "consumer warpgroups of a block",
     .values = {&Config::warpgroups}},
    {.spelling = "b<blocks>",
     .meaning = "blocks that fit on an SM: bounds a block's registers and shared memory",
     .values = {&Config::blocks_per_sm}},
    {.spelling = "fill",
     .meaning = "for PDL: the whole ring is filled with weights while the predecessor runs",
     .flag = &Config::fill_ring},
    {.spelling = "biasbf16", .meaning = "adds a bias in bf16", .bias = BiasType::kBf16},
    {.spelling = "biasfp32", .meaning = "adds a bias in fp32", .bias = BiasType::kFp32},
};

std::string text_of(const Field& field, const Config& config) {
  std::string text;
  std::string_view spelling = field.spelling;
  for (auto value : field.values) {
    if (value == nullptr) break;
    text += fmt::format("{}{}", spelling.substr(0, spelling.find('<')), config.*value);
    spelling.remove_prefix(spelling.find('>') + 1);
  }
  return text.append(spelling);
}

// Reads "t16x64". What it cannot read stays as it was: the caller compares names.
void read(std::string_view text, const Field& field, Config* config) {
  if (field.form != Form::kAuto) config->form = field.form;
  if (field.flag != nullptr) config->*field.flag = true;
  if (field.bias != BiasType::kNone) config->bias = field.bias;
  for (auto value : field.values) {
    if (value == nullptr) return;
    text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
    const char* const end = text.data() + text.size();
    text.remove_prefix(
        static_cast<size_t>(std::from_chars(text.data(), end, config->*value).ptr - text.data()));
  }
}

bool may_be(std::string_view text, const Field& field) {
  const size_t number = field.spelling.find('<');
  return number == field.spelling.npos ? text == field.spelling
                                       : text.starts_with(field.spelling.substr(0, number));
}

}  // namespace

std::vector<NamedField> name_fields() {
  std::vector<NamedField> fields;
  for (const Field& field : kFields) fields.push_back({std::string(field.spelling), field.meaning});
  return fields;
}

std::vector<NamedField> name_fields(const KernelConfig& config) {
  std::vector<NamedField> fields;
  for (const Field& field : kFields)
    if (field.is_in(config)) fields.push_back({text_of(field, config), field.meaning});
  return fields;
}

std::string KernelConfig::name() const {
  std::string name;
  for (const Field& field : kFields)
    if (field.is_in(*this)) name += (name.empty() ? "" : "_") + text_of(field, *this);
  return name;
}

Result<KernelConfig> parse_config_name(std::string_view name) {
  KernelConfig config;
  const Field* field = std::begin(kFields);
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view text = rest.substr(0, rest.find('_'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    field = std::find_if(field, std::end(kFields),
                         [&](const Field& next) { return may_be(text, next); });
    if (field == std::end(kFields)) break;
    read(text, *field++, &config);
  }
  // Refuses what was not understood, and spellings that name() does not make ("n07168").
  if (!config.generic() && config.name() == name) return config;
  return Status(StatusCode::kInvalidArgument,
                fmt::format("'{}' is not the name of a kernel, such as "
                            "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4",
                            name));
}

Result<KernelConfig> kernel_named(std::string_view name) {
  for (Form form : {Form::kSwapped, Form::kNormal})
    for (BiasType bias : {BiasType::kNone, BiasType::kBf16, BiasType::kFp32})
      for (const Range& range : generic_ranges(form, bias))
        if (range.config.name() == name) return range.config;
  Result<KernelConfig> config = parse_config_name(name);
  if (!config.ok()) return config;
  if (const std::string defect = defect_of(*config); !defect.empty())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("kernel '{}' cannot be made: {}", name, defect));
  return config;
}

}  // namespace jitgemm::plan
