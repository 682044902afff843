// jitgemm cache stats, ls, verify: counts, lists or checks the entries.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

int stats(const Context& context) {
  const Result<CacheStats> stats = cache_stats(context.library.cache_dir);
  if (!stats.ok()) return report(stats.status());
  if (context.json)
    print_json({{"cache_dir", context.library.cache_dir},
                {"entries", stats->entries},
                {"bytes", stats->bytes},
                {"temporary_files", stats->temporary_files},
                {"total_bytes", stats->total_bytes}});
  else
    fmt::print(
        "cache dir        {}\nentries          {}\nbytes            {}\ntemporary files  {}\n"
        "total bytes      {}\n",
        context.library.cache_dir, stats->entries, stats->bytes, stats->temporary_files,
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
  const Result<std::vector<CacheEntryInfo>> entries =
      cache_list(context.library.cache_dir, context.library.keys);
  if (!entries.ok()) return report(entries.status());
  context.json ? print_json_list(*entries) : print_table(*entries);
  return kOk;
}

int verify(const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries =
      cache_list(context.library.cache_dir, context.library.keys);
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

}  // namespace

void add_cache_list(CLI::App& cache, Context& context) {
  const auto add = [&](const char* name, const char* description, int (*act)(const Context&)) {
    cache.add_subcommand(name, description)->callback([act, &context] {
      context.exit_code = act(context);
    });
  };
  add("stats", "Count entries, temporary files and their bytes.", stats);
  add("ls", "List every entry with its kernel, its size and whether it is sound.", ls);
  add("verify", "Read and check every entry; exit 1 if any is damaged.", verify);
}

}  // namespace jitgemm::cli
