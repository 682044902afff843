// The part of `jitgemm doctor` about the cache folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include <jitgemm/status.h>
#include "tools/cli/cache/folder.h"

namespace jitgemm::cli {

void print_cache_folder(const std::string& path, const Result<CacheFolder>& cache);
nlohmann::ordered_json cache_folder_json(const std::string& path, const Result<CacheFolder>& cache);

}  // namespace jitgemm::cli
