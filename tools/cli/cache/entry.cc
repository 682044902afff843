// jitgemm cache inspect, extract: shows one entry, or writes its cubin to a file.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/cache/verbs.h"
#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

constexpr size_t kShortestPrefix = 4;  // digits

struct EntryArguments {
  std::string word;
  std::string output;
};

// The entries that `word` names, or else those whose names begin with it.
std::vector<CacheEntryInfo> meant(const std::vector<CacheEntryInfo>& entries,
                                  std::string_view word) {
  std::vector<CacheEntryInfo> found = named(entries, word);
  if (!found.empty() || word.size() < kShortestPrefix) return found;
  for (const CacheEntryInfo& entry : entries)
    if (entry.name.starts_with(word)) found.push_back(entry);
  return found;
}

// Reads the one entry that `word` means.
Result<CacheEntry> read(const std::string& word, const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries =
      cache_list(context.library.cache_dir, context.library.keys);
  if (!entries.ok()) return entries.status();
  const std::vector<CacheEntryInfo> found = meant(*entries, word);
  if (found.empty()) return nothing_named(context, word);
  if (found.size() == 1)
    return cache_read(context.library.cache_dir, found.front().name, context.library.keys);
  std::string names;
  for (const CacheEntryInfo& entry : found)
    names += fmt::format("{}  {}\n", entry.name, entry.kernel);
  return Status(StatusCode::kInvalidArgument,
                fmt::format("'{}' means {} entries; name one of them", word, found.size()),
                names.substr(0, names.size() - 1));
}

int inspect(const EntryArguments& arguments, const Context& context) {
  const Result<CacheEntry> entry = read(arguments.word, context);
  if (!entry.ok()) return report(entry.status());
  print(context, {{"name", entry->name},
                  {"kernel", entry->kernel},
                  {"builder", entry->builder},
                  {"signed_by", entry->signed_by},
                  {"cubin_bytes", entry->cubin.size()},
                  {"key_text", entry->key_text}});
  return kOk;
}

int extract(const EntryArguments& arguments, const Context& context) {
  const Result<CacheEntry> entry = read(arguments.word, context);
  if (!entry.ok()) return report(entry.status());
  if (Status status = write_file(arguments.output, entry->cubin); !status.ok())
    return report(status);
  print(context,
        {{"name", entry->name}, {"file", arguments.output}, {"bytes", entry->cubin.size()}});
  return kOk;
}

}  // namespace

void add_cache_entry(CLI::App& cache, Context& context) {
  auto arguments = std::make_shared<EntryArguments>();
  const auto add = [&](const char* name, const char* description,
                       int (*act)(const EntryArguments&, const Context&)) {
    CLI::App* verb = cache.add_subcommand(name, description);
    verb->add_option("ENTRY", arguments->word,
                     "Name of an entry (see 'ls'), its first digits, or name of a kernel")
        ->required()
        ->type_name("");
    verb->callback([arguments, act, &context] { context.exit_code = act(*arguments, context); });
    return verb;
  };
  add("inspect", "Show an entry: names, compiler, signature, and the text of its key.", inspect);
  add("extract", "Write an entry's cubin to a file, for cuobjdump and nvdisasm.", extract)
      ->add_option("-o,--output", arguments->output, "The file to write")
      ->required()
      ->type_name("FILE");
}

}  // namespace jitgemm::cli
