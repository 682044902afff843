#include "tools/cli/cache/folder_trial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace jitgemm::cli {
namespace {

std::string file_system_name(uint32_t magic) {
  constexpr std::pair<uint32_t, const char*> kNames[] = {
      {EXT4_SUPER_MAGIC, "ext4"},   {XFS_SUPER_MAGIC, "xfs"},   {BTRFS_SUPER_MAGIC, "btrfs"},
      {F2FS_SUPER_MAGIC, "f2fs"},   {TMPFS_MAGIC, "tmpfs"},     {OVERLAYFS_SUPER_MAGIC, "overlay"},
      {SQUASHFS_MAGIC, "squashfs"}, {NFS_SUPER_MAGIC, "nfs"},   {SMB2_SUPER_MAGIC, "smb"},
      {CIFS_SUPER_MAGIC, "cifs"},   {FUSE_SUPER_MAGIC, "fuse"}, {V9FS_MAGIC, "9p"},
      {CEPH_SUPER_MAGIC, "ceph"},   {0x2fc12fc1, "zfs"},        {0x0bd00bd0, "lustre"},
      {0x47504653, "gpfs"},
  };
  for (const auto& [known, name] : kNames)
    if (known == magic) return name;
  return fmt::format("{:#x}", magic);
}

// The error of a call that returned `result`, or empty.
std::string reason(int result) { return result >= 0 ? std::string() : std::strerror(errno); }

// A file in the folder, removed under both of its names by the destructor.
class TrialFile {
 public:
  explicit TrialFile(const std::string& folder)
      : path_(fmt::format("{}/.jitgemm-doctor-{}", folder, getpid())),
        fd_(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~TrialFile() {
    if (fd_ < 0) return;
    unlink(path_.c_str());
    unlink(renamed().c_str());
    close(fd_);
  }
  TrialFile(const TrialFile&) = delete;
  TrialFile& operator=(const TrialFile&) = delete;

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  std::string renamed() const { return path_ + ".renamed"; }

 private:
  const std::string path_;
  const int fd_;
};

std::string try_write(int fd) {
  const std::string block(4096, '\0');
  const ssize_t written = write(fd, block.data(), block.size());
  if (written >= 0 && written != static_cast<ssize_t>(block.size())) return "a short write";
  return reason(written < 0 ? -1 : 0);
}

std::string try_fsync(int fd, double* ms) {
  const auto start = std::chrono::steady_clock::now();
  const int result = fsync(fd);
  *ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return reason(result);
}

int lock_one_byte(int fd) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_len = 1;
  return fcntl(fd, F_OFD_SETLK, &range);
}

// A lock must exclude a second open file of the same path.
std::string try_locks(const TrialFile& file) {
  if (lock_one_byte(file.fd()) < 0) return reason(-1);
  const int other = open(file.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (other < 0) return reason(-1);
  const bool excluded = lock_one_byte(other) < 0;
  close(other);
  return excluded ? "" : "two files held one lock";
}

}  // namespace

FolderTrial try_folder(const std::string& path, bool try_writing) {
  FolderTrial trial;
  struct statfs kind;
  struct statvfs room;
  if (statfs(path.c_str(), &kind) == 0)
    trial.file_system = file_system_name(static_cast<uint32_t>(kind.f_type));
  if (statvfs(path.c_str(), &room) == 0) {
    trial.free_bytes = uint64_t{room.f_bavail} * room.f_frsize;
    trial.free_files = room.f_favail;
  }
  if (!try_writing) return trial;

  const TrialFile file(path);
  trial.write = file.fd() < 0 ? reason(-1) : try_write(file.fd());
  if (file.fd() < 0) return trial;
  trial.fsync = try_fsync(file.fd(), &trial.fsync_ms);
  trial.locks = try_locks(file);
  trial.rename = reason(rename(file.path().c_str(), file.renamed().c_str()));
  return trial;
}

}  // namespace jitgemm::cli
