#include "tools/cli/cache/doctor_folder.h"

#include <fmt/format.h>

#include <optional>

namespace jitgemm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string in_words(const std::optional<std::string>& problem) {
  if (!problem) return "not tried";
  return problem->empty() ? "works" : "does not work: " + *problem;
}

Json in_json(const std::optional<std::string>& problem) {
  if (!problem) return nullptr;
  return problem->empty() ? "works" : *problem;
}

void print_trial(const FolderTrial& trial) {
  fmt::print("         on {}, {:.1f} GiB free\n", trial.file_system,
             static_cast<double>(trial.free_bytes) / (1 << 30));
  fmt::print("         write   {}\n", in_words(trial.write));
  fmt::print("         fsync   {}{}\n", in_words(trial.fsync),
             trial.fsync == "" ? fmt::format(", {:.2f} ms", trial.fsync_ms) : std::string());
  fmt::print("         rename  {}\n", in_words(trial.rename));
  fmt::print("         locks   {}\n", in_words(trial.locks));
}

}  // namespace

void print_cache_folder(const std::string& path, const Result<CacheFolder>& cache) {
  if (!cache.ok()) {
    fmt::print("cache    -\n");
    return;
  }
  if (!cache->exists) {
    fmt::print("cache    {}: does not exist, {} be created\n", path,
               cache->writable ? "can" : "cannot");
    return;
  }
  fmt::print("cache    {}: {} entries, {} bytes, owner {}, mode {}, {}\n", path, cache->entries,
             cache->bytes, cache->owner, cache->mode,
             cache->writable ? "writable" : "not writable");
  print_trial(cache->trial);
}

Json cache_folder_json(const std::string& path, const Result<CacheFolder>& cache) {
  Json json = {{"path", path}, {"usable", cache.ok() && cache->writable}};
  if (!cache.ok()) return json;
  json.update({{"exists", cache->exists},
               {"writable", cache->writable},
               {"owner", cache->owner},
               {"mode", cache->mode},
               {"entries", cache->entries},
               {"bytes", cache->bytes}});
  if (!cache->exists) return json;
  const FolderTrial& trial = cache->trial;
  json.update({{"file_system", trial.file_system},
               {"free_bytes", trial.free_bytes},
               {"free_files", trial.free_files},
               {"write", in_json(trial.write)},
               {"fsync", in_json(trial.fsync)},
               {"fsync_ms", trial.fsync_ms},
               {"rename", in_json(trial.rename)},
               {"locks", in_json(trial.locks)}});
  return json;
}

}  // namespace jitgemm::cli
