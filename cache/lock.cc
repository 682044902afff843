#include "cache/lock.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace jitgemm::cache {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The kernel's only bounded wait for a lock needs a signal, which a library must not use, so this
// polls. The longest pause is what a waiter loses when the holder dies.
constexpr milliseconds kFirstPause{1}, kLongestPause{16};

// ---- the file that holds the locks of a root ----

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

// ---- the lock ----

// Fails when the file cannot be locked; otherwise sets `lock->state` to kHeld or kTimedOut.
Failure wait_for(File file, uint64_t offset, milliseconds bound, MakerLock* lock) {
  const Clock::time_point end = Clock::now() + bound;
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const Failure failure = file.try_lock(offset);
    if (failure && failure.error != EAGAIN) return failure;
    lock->waited |= failure.error == EAGAIN;
    lock->state = failure ? MakerLock::State::kTimedOut : MakerLock::State::kHeld;
    if (!failure) lock->file = std::move(file);
    if (!failure || Clock::now() >= end) return {};
    std::this_thread::sleep_for(pause);
  }
}

// Two names that share an offset wait for each other, which costs time only.
uint64_t lock_offset(const EntryName& name) {
  const uint64_t what = std::stoull(name.what_digest.substr(0, 16), nullptr, 16);
  const uint64_t builder = std::stoull(name.builder_digest, nullptr, 16);
  return (what ^ builder) & INT64_MAX;  // the kernel's offsets are signed
}

}  // namespace

MakerLock lock_for_making(const Folder& root, const std::string& lock_dir, const EntryName& name,
                          milliseconds bound) {
  std::string reason;
  for (const bool on_host : {false, true}) {
    MakerLock lock;
    const Failure failure = again_if_stale([&] {
      File file;
      Failure opened = on_host ? open_on_host(root, lock_dir, &file) : open_in_root(root, &file);
      return opened ? opened : wait_for(std::move(file), lock_offset(name), bound, &lock);
    });
    if (!failure) return lock;
    reason += (reason.empty() ? "" : "; ") + failure.text();
  }
  return {.reason = std::move(reason)};
}

}  // namespace jitgemm::cache
