// The verbs of `jitgemm cache`, and the functions that they share. Each family of verbs has a file
// and one function that registers it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/cache.h>
#include <jitgemm/status.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

void add_cache_list(CLI::App& cache, Context& context);     // stats, ls, verify, sign
void add_cache_entry(CLI::App& cache, Context& context);    // inspect, extract
void add_cache_explain(CLI::App& cache, Context& context);  // explain
void add_cache_remove(CLI::App& cache, Context& context);   // rm, clear, evict

// The entries with the name `word`, or whose kernel has that name.
std::vector<CacheEntryInfo> named(const std::vector<CacheEntryInfo>& entries,
                                  std::string_view word);

// "no entry and no kernel of /var/cache/jitgemm is named 'x'"
Status nothing_named(const Context& context, std::string_view word);

}  // namespace jitgemm::cli
