#include "cache/name.h"

#include <fmt/format.h>

namespace jitgemm::cache {
namespace {

constexpr size_t kWhatDigits = 32;
constexpr size_t kBuilderDigits = 16;
constexpr size_t kShardDigits = 2;
static_assert(kNameSize == kWhatDigits + 1 + kBuilderDigits);

bool consists_of(std::string_view text, std::string_view accepted) {
  return text.find_first_not_of(accepted) == std::string_view::npos;
}

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits && consists_of(text, "0123456789abcdef");
}

}  // namespace

bool is_what_digest(std::string_view text) { return is_hex(text, kWhatDigits); }

bool is_valid(const EntryName& name) {
  return is_what_digest(name.what_digest) && is_hex(name.builder_digest, kBuilderDigits);
}

std::optional<EntryName> parse_entry_name(std::string_view text) {
  if (text.size() != kNameSize || text[kWhatDigits] != '-') return std::nullopt;
  EntryName name{std::string(text.substr(0, kWhatDigits)),
                 std::string(text.substr(kWhatDigits + 1))};
  if (!is_valid(name)) return std::nullopt;
  return name;
}

bool is_shard(std::string_view name) { return is_hex(name, kShardDigits); }

std::string shard_of(std::string_view entry_name) {
  return std::string(entry_name.substr(0, kShardDigits));
}

std::string entry_file(const EntryName& name) { return name.text().append(kEntryEnding); }

std::string temporary_file(const EntryName& name, uint64_t random) {
  return fmt::format("{}.{:016x}{}", name.text(), random, kTemporaryEnding);
}

std::optional<std::string_view> entry_stem(std::string_view file) {
  if (!file.ends_with(kEntryEnding)) return std::nullopt;
  return file.substr(0, file.size() - kEntryEnding.size());
}

std::optional<EntryName> parse_entry_file(std::string_view file) {
  const std::optional<std::string_view> stem = entry_stem(file);
  return stem ? parse_entry_name(*stem) : std::nullopt;
}

bool is_temporary(std::string_view file) {
  if (!file.ends_with(kTemporaryEnding) || !parse_entry_name(file.substr(0, kNameSize)))
    return false;
  file.remove_prefix(kNameSize);
  file.remove_suffix(kTemporaryEnding.size());
  return file.size() > 1 && file.front() == '.' && consists_of(file.substr(1), "0123456789abcdef-");
}

}  // namespace jitgemm::cache
