#include "tools/cli/cache/folder.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include <jitgemm/cache.h>

namespace jitgemm::cli {
namespace {

std::string user_name(uid_t uid) {
  const passwd* user = getpwuid(uid);
  return user == nullptr ? fmt::format("{}", uid) : std::string(user->pw_name);
}

// The nearest folder above `path` that exists: where mkdir -p would begin.
std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code error;
  path = std::filesystem::absolute(path, error);
  while (path.has_relative_path() && !std::filesystem::exists(path, error))
    path = path.parent_path();
  return path;
}

bool can_make_files_in(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) && access(path.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

Result<CacheFolder> look_at_cache_folder(const std::string& path) {
  if (path.empty())
    return Status(
        StatusCode::kInvalidArgument,
        "no cache folder: --cache-dir, JITGEMM_CACHE_DIR, XDG_CACHE_HOME and HOME are unset");
  CacheFolder folder;
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    folder.writable = can_make_files_in(nearest_existing(path));
    return folder;
  }
  if (!S_ISDIR(status.st_mode))
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("cache_dir = '{}' is not a folder", path));

  const Result<CacheStats> stats = cache_stats(path);
  if (!stats.ok()) return stats.status();
  folder.exists = true;
  folder.trial = try_folder(path, can_make_files_in(path));
  folder.writable = folder.trial.can_publish();
  folder.owner = user_name(status.st_uid);
  folder.mode = fmt::format("{:04o}", status.st_mode & 07777);
  folder.entries = stats->entries;
  folder.bytes = stats->bytes;
  return folder;
}

}  // namespace jitgemm::cli
