// jitgemm cache: looks after the compiled kernels on disk.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_json(const Json& json) {
  // A damaged entry may hold any byte; JSON may not.
  fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

int stats(const Context& context) {
  const Result<CacheStats> stats = cache_stats(context.cache_dir);
  if (!stats.ok()) return report(stats.status());
  if (context.json)
    print_json({{"cache_dir", context.cache_dir},
                {"entries", stats->entries},
                {"bytes", stats->bytes},
                {"temporary_files", stats->temporary_files},
                {"set_aside", stats->set_aside},
                {"total_bytes", stats->total_bytes}});
  else
    fmt::print(
        "cache dir        {}\nentries          {}\nbytes            {}\ntemporary files  {}\n"
        "set aside        {}\ntotal bytes      {}\n",
        context.cache_dir, stats->entries, stats->bytes, stats->temporary_files, stats->set_aside,
        stats->total_bytes);
  return kOk;
}

void print_table(const std::vector<CacheEntryInfo>& entries) {
  size_t kernel_width = 6;
  for (const CacheEntryInfo& entry : entries)
    kernel_width = std::max(kernel_width, entry.kernel.size());
  fmt::print("{:<49}  {:<{}}  {:>9}  state\n", "name", "kernel", kernel_width, "bytes");
  for (const CacheEntryInfo& entry : entries)
    fmt::print("{:<49}  {:<{}}  {:>9}  {}\n", entry.name, entry.kernel.empty() ? "-" : entry.kernel,
               kernel_width, entry.bytes, entry.ok ? "ok" : "damaged: " + entry.problem);
}

void print_json_list(const std::vector<CacheEntryInfo>& entries) {
  Json list = Json::array();
  for (const CacheEntryInfo& entry : entries)
    list.push_back({{"name", entry.name},
                    {"kernel", entry.kernel},
                    {"bytes", entry.bytes},
                    {"ok", entry.ok},
                    {"problem", entry.problem}});
  print_json(list);
}

int ls(const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(context.cache_dir);
  if (!entries.ok()) return report(entries.status());
  context.json ? print_json_list(*entries) : print_table(*entries);
  return kOk;
}

int verify(const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(context.cache_dir);
  if (!entries.ok()) return report(entries.status());
  int64_t damaged = 0;
  for (const CacheEntryInfo& entry : *entries) {
    if (entry.ok) continue;
    ++damaged;
    fmt::print(stderr, "{}: {}\n", entry.name, entry.problem);
  }
  const int64_t total = static_cast<int64_t>(entries->size());
  if (context.json)
    print_json({{"entries", total}, {"ok", total - damaged}, {"damaged", damaged}});
  else
    fmt::print("{} entries, {} ok, {} damaged\n", total, total - damaged, damaged);
  return damaged > 0 ? kFailed : kOk;
}

// The names of the entries meant by `word`: an entry's own name, or a kernel's.
std::vector<std::string> matching(const std::vector<CacheEntryInfo>& entries,
                                  const std::string& word) {
  std::vector<std::string> names;
  for (const CacheEntryInfo& entry : entries)
    if (entry.name == word || entry.kernel == word) names.push_back(entry.name);
  return names;
}

int rm(const Context& context, const std::vector<std::string>& words) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(context.cache_dir);
  if (!entries.ok()) return report(entries.status());
  int64_t removed = 0;
  int exit_code = kOk;
  for (const std::string& word : words) {
    const std::vector<std::string> names = matching(*entries, word);
    if (names.empty()) {
      fmt::print(stderr, "jitgemm: no entry and no kernel of {} is named '{}'\n", context.cache_dir,
                 word);
      exit_code = kFailed;
    }
    for (const std::string& name : names) {
      if (const Status status = cache_remove(context.cache_dir, name); status.ok())
        ++removed;
      else
        exit_code = report(status);
    }
  }
  context.json ? print_json(Json::object({{"removed", removed}}))
               : fmt::print("{} entries removed\n", removed);
  return exit_code;
}

int clear(const Context& context) {
  const Result<uint64_t> removed = cache_clear(context.cache_dir);
  if (!removed.ok()) return report(removed.status());
  context.json ? print_json(Json::object({{"removed", *removed}}))
               : fmt::print("{} entries removed\n", *removed);
  return kOk;
}

int evict(const Context& context, const CacheEvictRequest& request) {
  const Result<CacheEviction> evicted = cache_evict(context.cache_dir, request);
  if (!evicted.ok()) return report(evicted.status());
  if (context.json) {
    print_json({{"dry_run", request.dry_run},
                {"removed", evicted->names},
                {"bytes", evicted->bytes},
                {"bytes_left", evicted->bytes_left}});
    return kOk;
  }
  for (const std::string& name : evicted->names) fmt::print("{}\n", name);
  fmt::print("{} {}, {} bytes; {} bytes left\n", evicted->names.size(),
             request.dry_run ? "would be removed" : "removed", evicted->bytes, evicted->bytes_left);
  return kOk;
}

void add_evict(CLI::App& cache, Context& context) {
  CLI::App* command =
      cache.add_subcommand("evict", "Remove the least recently used until the rest fits.");
  command->alias("prune");
  auto request = std::make_shared<CacheEvictRequest>();
  command
      ->add_option("--max-bytes", request->max_bytes,
                   "What the folder may hold; default: --cache-max-bytes")
      ->type_name("SIZE")
      ->transform(byte_size());
  command->add_flag("--dry-run", request->dry_run, "Only say what would be removed");
  command->callback([request, command, &context] {
    if (command->count("--max-bytes") == 0) request->max_bytes = context.cache_max_bytes;
    if (command->count("--max-bytes") == 0 && context.cache_max_bytes == 0)
      throw CLI::RequiredError("--max-bytes");
    context.exit_code = evict(context, *request);
  });
}

}  // namespace

void add_cache(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("cache", "Look after the compiled kernels in --cache-dir.");
  command->require_subcommand(1);

  const auto add = [&](const char* name, const char* description, int (*act)(const Context&)) {
    command->add_subcommand(name, description)->callback([act, &context] {
      context.exit_code = act(context);
    });
  };
  add("stats", "Entries, bytes, leftovers, and damaged files kept for a look.", stats);
  add("ls", "Every entry: name, kernel, size, and whether it is sound.", ls);
  add("verify", "Read and check every entry; exit 1 if any is damaged.", verify);
  add("clear", "Remove all entries and leftovers, and nothing else in the folder.", clear);

  add_evict(*command, context);
  CLI::App* remove = command->add_subcommand("rm", "Remove entries.");
  auto words = std::make_shared<std::vector<std::string>>();
  remove->add_option("NAME", *words, "An entry's name as 'ls' prints it, or a kernel's")
      ->required()
      ->type_name("");
  remove->callback([words, &context] { context.exit_code = rm(context, *words); });
}

}  // namespace jitgemm::cli
