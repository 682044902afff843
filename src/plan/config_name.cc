#include "src/plan/config_name.h"

#include <fmt/format.h>

#include <charconv>
#include <string>

#include "src/plan/candidates.h"
#include "src/plan/generic.h"

namespace jitgemm::plan {
namespace {

// Reads a name piece by piece; after the first mismatch nothing matches.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool word(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::string_view before, int* value) {
    if (!word(before)) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), *value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_form(Reader& reader, Form* form) {
  *form = reader.word("_swapped") ? Form::kSwapped : Form::kNormal;
  return *form == Form::kSwapped || reader.word("_normal");
}

}  // namespace

Result<KernelConfig> parse_config_name(std::string_view name) {
  KernelConfig c;
  Reader reader(name);
  const bool understood = reader.number("n", &c.n) && reader.number("_k", &c.k) &&
                          read_form(reader, &c.form) && reader.number("_t", &c.tile_m) &&
                          reader.number("x", &c.tile_n) && reader.number("_s", &c.split) &&
                          reader.number("_k", &c.k_blocks) && reader.number("_p", &c.stages) &&
                          reader.number("_w", &c.warpgroups) &&
                          reader.number("_b", &c.blocks_per_sm);
  c.fill_ring = reader.word("_fill");
  // Spellings that name() does not make ("n07168") are refused too.
  if (understood && reader.done() && c.name() == name) return c;
  return Status(StatusCode::kInvalidArgument,
                fmt::format("'{}' is no kernel's name, such as "
                            "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4",
                            name));
}

Result<KernelConfig> kernel_named(std::string_view name) {
  for (Form form : {Form::kSwapped, Form::kNormal})
    for (const Range& range : generic_ranges(form))
      if (range.config.name() == name) return range.config;
  Result<KernelConfig> config = parse_config_name(name);
  if (!config.ok()) return config;
  if (const std::string defect = defect_of(*config); !defect.empty())
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("'{}' is no kernel that can be made: {}", name, defect));
  return config;
}

}  // namespace jitgemm::plan
