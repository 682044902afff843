#include "cache/temporary.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "cache/lock_file.h"

namespace jitgemm::cache {
namespace {

constexpr time_t kLongestPublishSeconds = 3600;

uint64_t offset_of(uint64_t random) { return random & INT64_MAX; }

class Reclaimer {
 public:
  Reclaimer(const Folder& root, const std::string& lock_dir, const Folder& folder)
      : folder_(folder) {
    for (const LockPlace place : kLockPlaces) {
      LockFile file;
      if (!open_lock_file(root, lock_dir, place, &file)) lock_files_.push_back(std::move(file));
    }
  }

  // Whether it was an orphan and is gone.
  bool remove(const std::string& file) {
    const std::optional<Guard> guard = parse_guard(file);
    if (guard)
      for (const LockFile& lock_file : lock_files_)
        if (lock_file.guard == guard->file) return remove_unlocked(file, lock_file.file, *guard);
    return is_old(file) && !folder_.unlink(file);
  }

 private:
  bool remove_unlocked(const std::string& file, const File& lock_file, const Guard& guard) const {
    const uint64_t offset = offset_of(guard.random);
    if (lock_file.try_lock(offset)) return false;
    const bool removed = !folder_.unlink(file);
    lock_file.unlock(offset);
    return removed;
  }

  bool is_old(const std::string& file) {
    struct stat status;
    if (folder_.stat(file, &status)) return false;
    const std::optional<time_t> now = this->now();
    return now && *now - status.st_mtim.tv_sec > kLongestPublishSeconds;
  }

  // By the clock that dates the files, which is not always this host's.
  std::optional<time_t> now() {
    struct stat status;
    if (!now_ && !folder_.touch(".") && !folder_.stat(&status)) now_ = status.st_mtim.tv_sec;
    return now_;
  }

  const Folder& folder_;
  std::vector<LockFile> lock_files_;
  std::optional<time_t> now_;
};

}  // namespace

TemporaryName guard_temporary(const Folder& root, const std::string& lock_dir) {
  const uint64_t random = root.file_system()->random();
  TemporaryName name{.unique = fmt::format("{}-{:016x}", kNoGuard, random)};
  for (const LockPlace place : kLockPlaces) {
    LockFile lock_file;
    if (open_lock_file(root, lock_dir, place, &lock_file)) continue;
    if (lock_file.file.try_lock(offset_of(random))) continue;
    name.unique = fmt::format("{}-{:016x}", lock_file.guard, random);
    name.byte = LockedByte(std::move(lock_file.file), offset_of(random));
    break;
  }
  return name;
}

Failure remove_orphans(const Folder& root, const std::string& lock_dir, uint64_t* removed) {
  *removed = 0;
  Folder folder;
  Failure failure = root.open_folder(kTemporaryFolder, &folder);
  std::vector<std::string> files;
  if (!failure) failure = folder.list(&files);
  if (failure.error == ENOENT) return {};
  if (failure) return failure;
  std::erase_if(files, [](const std::string& file) { return !is_temporary(file); });
  if (files.empty()) return {};

  Reclaimer reclaimer(root, lock_dir, folder);
  for (const std::string& file : files) *removed += reclaimer.remove(file);
  return {};
}

}  // namespace jitgemm::cache
