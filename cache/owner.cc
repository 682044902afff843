#include "cache/owner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

namespace jitgemm::cache {
namespace {

constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;

std::vector<uid_t> trusted(uid_t user, const Owners& owners) {
  std::vector<uid_t> all = {0, user};
  all.insert(all.end(), owners.named.begin(), owners.named.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

Failure check_owner(const struct stat& status, const std::string& path, uid_t user,
                    const Owners& owners) {
  if (owners.anyone) return {};
  Failure failure{.error = EPERM, .path = path};
  const std::vector<uid_t> all = trusted(user, owners);
  if (!std::ranges::binary_search(all, status.st_uid))
    failure.distrust =
        fmt::format("is owned by user {}; trusted are {}", status.st_uid, fmt::join(all, ", "));
  else if ((status.st_mode & kWritableByOthers) != 0)
    failure.distrust = fmt::format("may be written by others than its owner (mode {:04o})",
                                   status.st_mode & 07777);
  else
    return {};
  return failure;
}

Failure check_owner(const Folder& folder, const Owners& owners) {
  if (owners.anyone) return {};
  struct stat status;
  if (Failure failure = folder.stat(&status)) return failure;
  return check_owner(status, folder.path(), folder.file_system()->user(), owners);
}

}  // namespace jitgemm::cache
