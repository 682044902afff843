// jitgemm cache: inspects and maintains the compiled kernels on disk.
#include <fmt/format.h>

#include <string>

#include "tools/cli/cache/verbs.h"
#include "tools/cli/commands.h"

namespace jitgemm::cli {

std::vector<CacheEntryInfo> named(const std::vector<CacheEntryInfo>& entries,
                                  std::string_view word) {
  std::vector<CacheEntryInfo> found;
  for (const CacheEntryInfo& entry : entries)
    if (entry.name == word || entry.kernel == word) found.push_back(entry);
  return found;
}

Status nothing_named(const Context& context, std::string_view word) {
  return {StatusCode::kIoError, fmt::format("no entry and no kernel of {} is named '{}'",
                                            context.library.cache_dir, word)};
}

void add_cache(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("cache", "Inspect and maintain the compiled kernels in --cache-dir.");
  command->require_subcommand(1);
  add_cache_list(*command, context);
  add_cache_entry(*command, context);
  add_cache_explain(*command, context);
  add_cache_remove(*command, context);
}

}  // namespace jitgemm::cli
