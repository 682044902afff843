// jitgemm cache rm, clear: removes entries.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

struct RemoveArguments {
  std::vector<std::string> words;
  bool dry_run = false;
};

void print_removed(const Context& context, uint64_t removed, bool dry_run) {
  const char* key = dry_run ? "would_remove" : "removed";
  const char* words = dry_run ? "would be removed" : "removed";
  context.json ? print_json(Json::object({{key, removed}}))
               : fmt::print("{} entries {}\n", removed, words);
}

void print_candidate(const Context& context, const CacheEntryInfo& entry) {
  if (!context.json) fmt::print("{}  {}\n", entry.name, entry.kernel.empty() ? "-" : entry.kernel);
}

int rm(const RemoveArguments& arguments, const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(context.library.cache_dir);
  if (!entries.ok()) return report(entries.status());
  uint64_t removed = 0;
  int exit_code = kOk;
  for (const std::string& word : arguments.words) {
    const std::vector<CacheEntryInfo> found = named(*entries, word);
    if (found.empty()) exit_code = report(nothing_named(context, word));
    for (const CacheEntryInfo& entry : found) {
      const Status status =
          arguments.dry_run ? Status() : cache_remove(context.library.cache_dir, entry.name);
      if (arguments.dry_run) print_candidate(context, entry);
      if (status.ok())
        ++removed;
      else
        exit_code = report(status);
    }
  }
  print_removed(context, removed, arguments.dry_run);
  return exit_code;
}

// Lists the entries that clear() removes; cache_list() skips the same files as cache_clear().
int clear_dry(const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(context.library.cache_dir);
  if (!entries.ok()) return report(entries.status());
  for (const CacheEntryInfo& entry : *entries) print_candidate(context, entry);
  print_removed(context, entries->size(), true);
  return kOk;
}

int clear(const RemoveArguments& arguments, const Context& context) {
  if (arguments.dry_run) return clear_dry(context);
  const Result<uint64_t> removed = cache_clear(context.library.cache_dir);
  if (!removed.ok()) return report(removed.status());
  print_removed(context, *removed, false);
  return kOk;
}

}  // namespace

void add_cache_remove(CLI::App& cache, Context& context) {
  auto arguments = std::make_shared<RemoveArguments>();
  const auto add = [&](const char* name, const char* description,
                       int (*act)(const RemoveArguments&, const Context&)) {
    CLI::App* verb = cache.add_subcommand(name, description);
    verb->add_flag("--dry-run", arguments->dry_run,
                   "List what would be removed and remove nothing");
    verb->callback([arguments, act, &context] { context.exit_code = act(*arguments, context); });
    return verb;
  };
  add("clear", "Remove all entries and temporary files, and no other file.", clear);
  add("rm", "Remove entries.", rm)
      ->add_option("NAME", arguments->words, "Name of an entry (see 'ls') or of a kernel")
      ->required()
      ->type_name("");
}

}  // namespace jitgemm::cli
