// jitgemm cache stats, ls, verify, sign: counts, lists, checks or signs the entries.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

int stats(const Context& context) {
  const Result<CacheStats> stats = cache_stats(context.library.cache_dir);
  if (!stats.ok()) return report(stats.status());
  print(context, {{"cache_dir", context.library.cache_dir},
                  {"entries", stats->entries},
                  {"bytes", stats->bytes},
                  {"temporary_files", stats->temporary_files},
                  {"total_bytes", stats->total_bytes}});
  return kOk;
}

int ls(const Context& context) {
  const Result<std::vector<CacheEntryInfo>> entries =
      cache_list(context.library.cache_dir, context.library.keys);
  if (!entries.ok()) return report(entries.status());
  Json list = Json::array();
  for (const CacheEntryInfo& entry : *entries)
    list.push_back({{"name", entry.name},
                    {"kernel", entry.kernel},
                    {"bytes", entry.bytes},
                    {"ok", entry.ok},
                    {"problem", entry.problem}});
  print(context, list);
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
  print(context, {{"entries", total}, {"ok", total - damaged}, {"damaged", damaged}});
  return damaged > 0 ? kFailed : kOk;
}

int sign(const Context& context) {
  const Result<SignReport> done = cache_sign(context.library.cache_dir, context.library.keys);
  if (!done.ok()) return report(done.status());
  print(context, {{"signed", done->newly_signed}, {"already_signed", done->already_signed}});
  return kOk;
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
  add("sign",
      "Sign every entry with --private-key.\n"
      "\n"
      "A signature states that you trust the entry, so sign only entries that you made. With\n"
      "--public-key, each entry must already be signed with that key. The first entry that\n"
      "does not verify is an error, and no later entry is signed.",
      sign);
}

}  // namespace jitgemm::cli
