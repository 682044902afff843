#include "cache/lock_file.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace jitgemm::cache {
namespace {

constexpr char kLockFile[] = "lock";

// f_type of statfs(2). FUSE may be anything, and its locks may stay on this host.
constexpr uint32_t kNetworkFileSystems[] = {
    0x6969,      // NFS
    0x517b,      // SMB
    0xff534d42,  // CIFS
    0xfe534d42,  // SMB 2
    0x01021997,  // 9P
    0x65735546,  // FUSE, virtiofs
    0x00c36400,  // Ceph
    0x0bd00bd0,  // Lustre
    0x47504653,  // GPFS
    0x19830326,  // BeeGFS
    0x5346414f,  // AFS
    0x7461636f,  // OCFS2
    0x01161970,  // GFS2
};

std::string digits(std::string_view text) {
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

std::string identity(const struct stat& status) {
  return fmt::format("{}:{}", status.st_dev, status.st_ino);
}

Failure open_in_root(const Folder& root, LockFile* out) {
  int64_t type = 0;
  if (Failure failure = root.type(&type)) return failure;
  if (std::ranges::count(kNetworkFileSystems, static_cast<uint32_t>(type)) > 0)
    return {.error = ENOLCK, .call = "lock", .path = root.path_of(kLockFile)};
  out->guard = kGuardOfRoot;
  return root.open_lock_file(kLockFile, &out->file);
}

Failure check_private(const Folder& folder) {
  struct stat status;
  if (Failure failure = folder.stat(&status)) return failure;
  if (status.st_uid == folder.file_system()->user() && (status.st_mode & 077) == 0) return {};
  return {.error = EACCES,
          .path = folder.path(),
          .distrust = fmt::format("is no private folder of this user (owner {}, mode {:04o})",
                                  status.st_uid, status.st_mode & 07777)};
}

Failure open_default_folder(FileSystem* fs, Folder* out) {
  const uid_t user = fs->user();
  const std::string of_session = fmt::format("/run/user/{}", user);
  Folder above;
  if (Folder::open(fs, of_session, &above))
    if (Failure failure = Folder::open(fs, "/tmp", &above)) return failure;
  const std::string name = fmt::format("jitgemm-{}", user);
  if (Failure failure = above.make_folder(name)) return failure;
  return above.open_folder(name, out);
}

Failure open_given_folder(FileSystem* fs, const std::string& path, Folder* out) {
  Failure failure = Folder::open(fs, path, out);
  if (failure.error != ENOENT) return failure;
  if (Failure made = make_folders(fs, path)) return made;
  return Folder::open(fs, path, out);
}

Failure open_on_host(const Folder& root, const std::string& lock_dir, LockFile* out) {
  FileSystem* fs = root.file_system();
  Folder folder;
  Failure failure = lock_dir.empty() ? open_default_folder(fs, &folder)
                                     : open_given_folder(fs, lock_dir, &folder);
  if (!failure) failure = check_private(folder);
  struct stat of_root, of_file;
  if (!failure) failure = root.stat(&of_root);
  if (!failure)
    failure = folder.open_lock_file(digits(identity(of_root)) + "." + kLockFile, &out->file);
  if (!failure) failure = out->file.stat(&of_file);
  if (!failure) out->guard = digits(fs->host() + " " + identity(of_file));
  return failure;
}

}  // namespace

Failure open_lock_file(const Folder& root, const std::string& lock_dir, LockPlace place,
                       LockFile* out) {
  return place == LockPlace::kRoot ? open_in_root(root, out) : open_on_host(root, lock_dir, out);
}

}  // namespace jitgemm::cache
