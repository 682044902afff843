#include "cache/owner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <set>

namespace jitgemm::cache {
namespace {

constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;

}  // namespace

Failure check_owner(const struct stat& status, const std::string& path, uid_t user,
                    const Owners& owners) {
  if (owners.anyone) return {};
  Failure failure{.error = EPERM, .path = path};
  std::set<uid_t> trusted(owners.named.begin(), owners.named.end());
  trusted.insert({0, user});
  if (!trusted.contains(status.st_uid))
    failure.distrust =
        fmt::format("is owned by user {}; trusted are {}", status.st_uid, fmt::join(trusted, ", "));
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
