// FileSystem: the seam through which the store makes every system call, so that a test can let any
// of them fail, stop short or be interrupted.
//
// One method is one call; retries and error texts are in file.h. A result is the kernel's: not
// negative, or minus an errno. `dir` is an open folder or AT_FDCWD.
//
// Thread rule: all methods may be called from any number of threads at once.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jitgemm::cache {

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int open(int dir, const char* path, int flags, mode_t mode) = 0;
  virtual ssize_t read(int fd, void* bytes, size_t size) = 0;
  virtual ssize_t write(int fd, const void* bytes, size_t size) = 0;
  virtual int fsync(int fd) = 0;
  virtual int close(int fd) = 0;  // releases the descriptor even when it fails
  virtual int fstat(int fd, struct stat* out) = 0;

  // Locks one byte for this open file, beyond its end too; -EAGAIN when another open file holds the
  // lock. The lock ends with unlock() or with the last descriptor of the open file, which may be in
  // a forked child.
  virtual int try_lock(int fd, uint64_t offset) = 0;
  virtual int unlock(int fd, uint64_t offset) = 0;

  virtual int lstat(int dir, const char* path, struct stat* out) = 0;
  virtual int access(int dir, const char* path, int mode) = 0;  // of the effective user
  virtual int mkdir(int dir, const char* path, mode_t mode) = 0;
  virtual int rename(int from_dir, const char* from, int to_dir, const char* to) = 0;
  virtual int unlink(int dir, const char* path) = 0;
  virtual int list(int dir, std::vector<std::string>* names) = 0;  // without . and ..
  virtual int touch(int dir, const char* path) = 0;  // sets the modification time to now
  virtual int type(int fd, int64_t* magic) = 0;      // f_type of its file system, see statfs(2)

  // These cannot fail.
  virtual uid_t user() = 0;       // the effective user
  virtual uint64_t random() = 0;  // unique in practice; need not be secret
};

std::shared_ptr<FileSystem> posix_file_system();

}  // namespace jitgemm::cache
