#include "tools/cli/cache/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <jitgemm/cache.h>

namespace jitgemm::cli {
namespace {

constexpr char kWorks[] = "works";

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

// "works", or the error of a call that returned `result`.
std::string outcome(ssize_t result) { return result >= 0 ? kWorks : std::strerror(errno); }

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
  return outcome(written);
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
  if (lock_one_byte(file.fd()) < 0) return outcome(-1);
  const int other = open(file.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (other < 0) return outcome(-1);
  const bool excluded = lock_one_byte(other) < 0;
  close(other);
  return excluded ? kWorks : "two files held one lock";
}

std::string user_name(uid_t uid) {
  const passwd* user = getpwuid(uid);
  return user == nullptr ? fmt::to_string(uid) : std::string(user->pw_name);
}

// Of a folder, or of the one where mkdir -p would begin to create it.
bool can_make_files_in(std::filesystem::path path) {
  std::error_code error;
  path = std::filesystem::absolute(path, error);
  while (path.has_relative_path() && !std::filesystem::exists(path, error))
    path = path.parent_path();
  return std::filesystem::is_directory(path, error) && access(path.c_str(), W_OK | X_OK) == 0;
}

// Adds what is found. Errors: the folder cannot hold kernels.
Status look(const std::string& path, Json& found) {
  if (path.empty())
    return {StatusCode::kInvalidArgument,
            "no cache folder: --cache-dir, JITGEMM_CACHE_DIR, XDG_CACHE_HOME and HOME are unset"};
  struct stat status = {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && !S_ISDIR(status.st_mode))
    return {StatusCode::kInvalidArgument, fmt::format("cache_dir = '{}' is not a folder", path)};
  bool writable = can_make_files_in(path);
  found.update({{"exists", exists}, {"writable", false}});
  if (exists) {
    const Result<CacheStats> stats = cache_stats(path);
    if (!stats.ok()) return stats.status();
    const Json trial = try_folder(path, writable);
    writable = can_publish(trial);
    found.update({{"owner", user_name(status.st_uid)},
                  {"mode", fmt::format("{:04o}", status.st_mode & 07777)},
                  {"entries", stats->entries},
                  {"bytes", stats->bytes}});
    found.update(trial);
  }
  found["writable"] = found["usable"] = writable;
  if (writable) return {};
  return {StatusCode::kIoError, fmt::format("cache_dir = '{}' is not writable", path)};
}

}  // namespace

CacheFolder look_at_cache_folder(const std::string& path) {
  CacheFolder folder{{{"path", path}, {"usable", false}}, {}};
  folder.problem = look(path, folder.found);
  return folder;
}

Json try_folder(const std::string& path, bool try_writing) {
  Json trial;
  struct statfs file_system;
  if (statfs(path.c_str(), &file_system) == 0)
    trial = {{"file_system", file_system_name(static_cast<uint32_t>(file_system.f_type))},
             {"free_bytes", uint64_t{file_system.f_bavail} * file_system.f_frsize},
             {"free_files", file_system.f_ffree}};
  for (const char* operation : {"write", "fsync", "rename", "locks"}) trial[operation] = nullptr;
  if (!try_writing) return trial;

  const TrialFile file(path);
  trial["write"] = file.fd() < 0 ? outcome(-1) : try_write(file.fd());
  if (file.fd() < 0) return trial;
  const auto start = std::chrono::steady_clock::now();
  trial["fsync"] = outcome(fsync(file.fd()));
  trial["fsync_ms"] =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  trial["locks"] = try_locks(file);
  trial["rename"] = outcome(rename(file.path().c_str(), file.renamed().c_str()));
  return trial;
}

bool can_publish(const Json& trial) {
  const auto works = [&](const char* operation) { return trial.at(operation) == kWorks; };
  return works("write") && works("fsync") && works("rename");
}

}  // namespace jitgemm::cli
