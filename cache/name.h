// The names of a store's files (FORMAT.md). The store never touches a file of any other name.
//
// Thread rule: free functions, callable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jitgemm::cache {

// The file name of an entry without its ending: `<what digest>-<builder digest>`.
struct EntryName {
  std::string what_digest;     // 32 lower-case hexadecimal digits
  std::string builder_digest;  // 16
  std::string text() const { return what_digest + "-" + builder_digest; }
};

constexpr size_t kNameSize = 49;  // of EntryName::text(), characters
constexpr std::string_view kEntryEnding = ".ljg";
constexpr std::string_view kTemporaryEnding = ".tmp";
constexpr char kTemporaryFolder[] = "tmp";

bool is_what_digest(std::string_view text);
bool is_valid(const EntryName& name);
std::optional<EntryName> parse_entry_name(std::string_view text);

bool is_shard(std::string_view name);
std::string shard_of(std::string_view entry_name);  // of a valid name or what digest

std::string entry_file(const EntryName& name);
std::string temporary_file(const EntryName& name, uint64_t random);

std::optional<EntryName> parse_entry_file(std::string_view file);

// "x" of "x.ljg", for any x.
std::optional<std::string_view> entry_stem(std::string_view file);

// Also true of the names that earlier versions gave, with two numbers:
// `<name>.<digits>-<digits>.tmp`.
bool is_temporary(std::string_view file);

}  // namespace jitgemm::cache
