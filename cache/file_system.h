// FileSystem: the seam through which every system call of the store goes, so that a test can make
// any of them fail, stop short or be interrupted.
//
// One method is one call, and nothing more: retries and error texts stand above it, in file.h. The
// convention is the kernel's: a result that is not negative, or minus an errno. `dir` is an open
// folder or AT_FDCWD.
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
  virtual int close(int fd) = 0;  // the descriptor is gone, also when this fails
  virtual int fstat(int fd, struct stat* out) = 0;

  // Locks one byte for this open file, which need not have it; -EAGAIN when another open file has
  // it locked. Ends with unlock() or with the open file's last descriptor, which may be a forked
  // child's.
  virtual int try_lock(int fd, uint64_t offset) = 0;
  virtual int unlock(int fd, uint64_t offset) = 0;

  virtual int lstat(int dir, const char* path, struct stat* out) = 0;
  virtual int access(int dir, const char* path, int mode) = 0;  // of the effective user
  virtual int mkdir(int dir, const char* path, mode_t mode) = 0;
  virtual int rename(int from_dir, const char* from, int to_dir, const char* to) = 0;
  virtual int unlink(int dir, const char* path) = 0;
  virtual int list(int dir, std::vector<std::string>* names) = 0;  // without . and ..
  virtual int getcwd(std::string* path) = 0;
  virtual int touch(int dir, const char* path) = 0;  // sets the modification time, to now
  virtual int type(int fd, int64_t* magic) = 0;      // of its file system, as in statfs(2)

  // These cannot fail.
  virtual uid_t user() = 0;        // whom the kernel asks for rights
  virtual uint64_t random() = 0;   // no secret
  virtual std::string host() = 0;  // this host since it was started; empty when that is unknown
};

std::shared_ptr<FileSystem> posix_file_system();

}  // namespace jitgemm::cache
