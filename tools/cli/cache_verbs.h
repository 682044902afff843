// The verbs of `jitgemm cache`: each family in its file, registered by one function, and what they
// share.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/cache.h>
#include <jitgemm/status.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

using Json = nlohmann::ordered_json;

void add_cache_list(CLI::App& cache, Context& context);     // stats, ls, verify
void add_cache_entry(CLI::App& cache, Context& context);    // inspect, extract
void add_cache_explain(CLI::App& cache, Context& context);  // explain
void add_cache_remove(CLI::App& cache, Context& context);   // rm, clear
void add_cache_evict(CLI::App& cache, Context& context);    // evict, prune
void add_cache_bundle(CLI::App& cache, Context& context);   // export, import
void add_cache_sign(CLI::App& cache, Context& context);     // sign

// One line on stdout. A damaged entry may hold any byte; JSON may not.
void print_json(const Json& json);

// Those that `word` names: an entry's own name, or a kernel's.
std::vector<CacheEntryInfo> named(const std::vector<CacheEntryInfo>& entries,
                                  std::string_view word);

// "no entry and no kernel of /var/cache/jitgemm is named 'x'"
Status nothing_named(const Context& context, std::string_view word);

}  // namespace jitgemm::cli
