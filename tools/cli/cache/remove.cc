// jitgemm cache rm, clear, evict: removes entries.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

constexpr char kDryRun[] = "List what would be removed and remove nothing";

struct RemoveArguments {
  std::vector<std::string> words;
  bool dry_run = false;
};

struct EvictArguments {
  std::optional<uint64_t> max_bytes;
  bool dry_run = false;
};

void print_removed(const Context& context, uint64_t removed, bool dry_run) {
  print(context, Json::object({{dry_run ? "would_remove" : "removed", removed}}));
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

int evict(const EvictArguments& arguments, const Context& context) {
  const uint64_t limit = arguments.max_bytes.value_or(context.library.cache_max_bytes);
  if (limit == 0 && !arguments.max_bytes) throw CLI::RequiredError("--max-bytes");
  const Result<CacheEviction> evicted =
      cache_evict(context.library.cache_dir, {.max_bytes = limit, .dry_run = arguments.dry_run});
  if (!evicted.ok()) return report(evicted.status());
  if (context.json) {
    print(context, {{"dry_run", arguments.dry_run},
                    {"removed", evicted->names},
                    {"bytes", evicted->bytes},
                    {"bytes_left", evicted->bytes_left}});
    return kOk;
  }
  for (const std::string& name : evicted->names) fmt::print("{}\n", name);
  fmt::print("{} {}, {} bytes; {} bytes left\n", evicted->names.size(),
             arguments.dry_run ? "would be removed" : "removed", evicted->bytes,
             evicted->bytes_left);
  return kOk;
}

}  // namespace

void add_cache_remove(CLI::App& cache, Context& context) {
  auto arguments = std::make_shared<RemoveArguments>();
  const auto add = [&](const char* name, const char* description,
                       int (*act)(const RemoveArguments&, const Context&)) {
    CLI::App* verb = cache.add_subcommand(name, description);
    verb->add_flag("--dry-run", arguments->dry_run, kDryRun);
    verb->callback([arguments, act, &context] { context.exit_code = act(*arguments, context); });
    return verb;
  };
  add("clear", "Remove all entries and temporary files, and no other file.", clear);
  add("rm", "Remove entries.", rm)
      ->add_option("NAME", arguments->words, "Name of an entry (see 'ls') or of a kernel")
      ->required()
      ->type_name("");
  const auto [command, evict_arguments] = add_command(cache, "evict", evict, context);
  command->description("Evict the least recently used entries until the folder fits a limit.");
  command->alias("prune");
  command
      ->add_option("--max-bytes", evict_arguments.max_bytes,
                   "Limit of the folder; default: --cache-max-bytes")
      ->type_name("SIZE")
      ->transform(byte_size());
  command->add_flag("--dry-run", evict_arguments.dry_run, kDryRun);
}

}  // namespace jitgemm::cli
