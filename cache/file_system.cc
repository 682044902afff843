#include "cache/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace jitgemm::cache {
namespace {

template <typename T>
T or_errno(T result) {
  return result < 0 ? -static_cast<T>(errno) : result;
}

class PosixFileSystem final : public FileSystem {
 public:
  int open(int dir, const char* path, int flags, mode_t mode) override {
    return or_errno(::openat(dir, path, flags, mode));
  }
  ssize_t read(int fd, void* bytes, size_t size) override {
    return or_errno(::read(fd, bytes, size));
  }
  ssize_t write(int fd, const void* bytes, size_t size) override {
    return or_errno(::write(fd, bytes, size));
  }
  int fsync(int fd) override { return or_errno(::fsync(fd)); }
  int close(int fd) override { return or_errno(::close(fd)); }
  int fstat(int fd, struct stat* out) override { return or_errno(::fstat(fd, out)); }
  int try_lock(int fd, uint64_t offset) override { return set_lock(fd, F_WRLCK, offset); }
  int unlock(int fd, uint64_t offset) override { return set_lock(fd, F_UNLCK, offset); }
  int lstat(int dir, const char* path, struct stat* out) override {
    return or_errno(::fstatat(dir, path, out, AT_SYMLINK_NOFOLLOW));
  }
  int access(int dir, const char* path, int mode) override {
    return or_errno(::faccessat(dir, path, mode, AT_EACCESS));
  }
  int mkdir(int dir, const char* path, mode_t mode) override {
    return or_errno(::mkdirat(dir, path, mode));
  }
  int rename(int from_dir, const char* from, int to_dir, const char* to) override {
    return or_errno(::renameat(from_dir, from, to_dir, to));
  }
  int unlink(int dir, const char* path) override { return or_errno(::unlinkat(dir, path, 0)); }

  int list(int dir, std::vector<std::string>* names) override {
    // Opens the folder again, because readdir moves the position of the descriptor.
    const int fd = open(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    DIR* stream = ::fdopendir(fd);
    if (stream == nullptr) {
      const int error = -errno;
      ::close(fd);
      return error;
    }
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names->emplace_back(name);
      errno = 0;
    }
    const int error = -errno;
    ::closedir(stream);
    return error;
  }

  int touch(int dir, const char* path) override {
    return or_errno(::utimensat(dir, path, nullptr, AT_SYMLINK_NOFOLLOW));
  }
  int type(int fd, int64_t* magic) override {
    struct statfs status;
    const int result = or_errno(::fstatfs(fd, &status));
    if (result == 0) *magic = status.f_type;
    return result;
  }

  uid_t user() override { return ::geteuid(); }

  uint64_t random() override {
    uint64_t random = 0;
    // If the call is forbidden, the time serves: O_EXCL makes a collision an error, not damage.
    if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
      random = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    return random;
  }

 private:
  // A lock of the open file, not of the process: two libraries in one process exclude each other.
  static int set_lock(int fd, short type, uint64_t offset) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(offset);
    lock.l_len = 1;
    return or_errno(::fcntl(fd, F_OFD_SETLK, &lock));
  }
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() { return std::make_shared<PosixFileSystem>(); }

}  // namespace jitgemm::cache
