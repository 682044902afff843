#include "cache/lock_file.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace jitgemm::cache {
namespace {

constexpr char kLockFile[] = "lock";

// f_type of statfs(2). FUSE counts as a network file system: its locks may stay on this host.
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

Failure open_in_root(const Folder& root, File* out) {
  int64_t type = 0;
  if (Failure failure = root.type(&type)) return failure;
  if (std::ranges::count(kNetworkFileSystems, static_cast<uint32_t>(type)) > 0)
    return {.error = ENOLCK, .call = "lock", .path = root.path_of(kLockFile)};
  return root.open_lock_file(kLockFile, out);
}

Failure check_private(const Folder& folder) {
  struct stat status;
  if (Failure failure = folder.stat(&status)) return failure;
  if (status.st_uid == folder.file_system()->user() && (status.st_mode & 077) == 0) return {};
  return {.error = EACCES,
          .path = folder.path(),
          .distrust = fmt::format("is not private to this user (owner {}, mode {:04o})",
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

// Device and inode identify the root to the processes of this host.
std::string host_lock_file(const struct stat& root) {
  const std::string identity = fmt::format("{}:{}", root.st_dev, root.st_ino);
  return fmt::format("{:016x}.{}", XXH3_64bits(identity.data(), identity.size()), kLockFile);
}

Failure open_on_host(const Folder& root, const std::string& lock_dir, File* out) {
  FileSystem* fs = root.file_system();
  Folder folder;
  struct stat of_root;
  Failure failure = lock_dir.empty() ? open_default_folder(fs, &folder)
                                     : Folder::open_or_make(fs, lock_dir, &folder);
  if (!failure) failure = check_private(folder);
  if (!failure) failure = root.stat(&of_root);
  return failure ? failure : folder.open_lock_file(host_lock_file(of_root), out);
}

}  // namespace

Failure open_lock_file(const Folder& root, const std::string& lock_dir, LockPlace place,
                       File* out) {
  return place == LockPlace::kRoot ? open_in_root(root, out) : open_on_host(root, lock_dir, out);
}

}  // namespace jitgemm::cache
