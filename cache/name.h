// The names of the files of a store.
//
//   <root>/ab/ab34...-0123....ljg           an entry, in the shard of its first two digits
//   <root>/tmp/ab34...-0123....<guard>-<random>.tmp  a temporary file: an entry that is being
//   published <root>/damaged/ab34...-0123....<unique>.bad   what stood in an entry's place and was
//   none
//
// What is named otherwise is not the store's, and is never touched. Free functions, callable from
// any thread.
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
constexpr std::string_view kAsideEnding = ".bad";
constexpr char kAsideFolder[] = "damaged";
constexpr char kTemporaryFolder[] = "tmp";

bool is_what_digest(std::string_view text);
bool is_valid(const EntryName& name);
std::optional<EntryName> parse_entry_name(std::string_view text);

bool is_shard(std::string_view name);
std::string shard_of(std::string_view entry_name);  // entry_name or its what digest: valid

std::string entry_file(const EntryName& name);
std::string temporary_file(const EntryName& name, std::string_view unique);
std::string aside_file(const EntryName& name, std::string_view unique);

std::optional<EntryName> parse_entry_file(std::string_view file);

// "x" of "x.ljg", whatever x is.
std::optional<std::string_view> entry_stem(std::string_view file);
bool is_temporary(std::string_view file);
bool is_aside(std::string_view file);

// What a temporary file's name tells of its writer: see temporary.h.
struct Guard {
  std::string file;  // 16 hexadecimal digits
  uint64_t random = 0;
};
std::optional<Guard> parse_guard(std::string_view temporary_file);

}  // namespace jitgemm::cache
