// A file system that records every call and lets the test decide its outcome.
//
// Thread rule: used by one thread.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/file_system.h"

namespace jitgemm::cache {

class FaultFileSystem final : public FileSystem {
 public:
  struct Call {
    size_t index;      // since clear()
    std::string name;  // "open"
    std::string path;  // last part of the path of the file
    int flags = 0;     // of open
  };

  // Returns the errno with which a call fails; 0 performs it.
  std::function<int(const Call&)> fault = [](const Call&) { return 0; };
  size_t longest_transfer = SIZE_MAX;  // bytes that one read or write moves at most
  int64_t forced_type = 0;             // of every file system; 0: the real type
  std::optional<uint64_t> forced_random;
  int clock_error_s = 0;  // by which the clock that dates new files is ahead of this host's
  std::vector<Call> calls;

  int open(int dir, const char* path, int flags, mode_t mode) override {
    if (int error = note("open", path, flags)) return -error;
    const int fd = posix_->open(dir, path, flags, mode);
    if (fd >= 0) paths_[fd] = path;
    if (fd >= 0 && clock_error_s != 0 && (flags & O_EXCL) != 0) {
      const timespec time = {::time(nullptr) + clock_error_s, 0};
      const timespec times[] = {time, time};
      ::futimens(fd, times);
    }
    return fd;
  }
  ssize_t read(int fd, void* bytes, size_t size) override {
    return perform("read", paths_[fd],
                   [&] { return posix_->read(fd, bytes, std::min(size, longest_transfer)); });
  }
  ssize_t write(int fd, const void* bytes, size_t size) override {
    return perform("write", paths_[fd],
                   [&] { return posix_->write(fd, bytes, std::min(size, longest_transfer)); });
  }
  int fsync(int fd) override {
    return -note("fsync", paths_[fd]);  // not performed, to save time
  }
  int close(int fd) override {  // closes even when it fails
    const int error = note("close", paths_[fd]);
    paths_.erase(fd);
    const int result = posix_->close(fd);
    return error ? -error : result;
  }
  int fstat(int fd, struct stat* out) override {
    return perform("fstat", paths_[fd], [&] { return posix_->fstat(fd, out); });
  }
  int try_lock(int fd, uint64_t offset) override {
    return perform("lock", paths_[fd], [&] { return posix_->try_lock(fd, offset); });
  }
  int unlock(int fd, uint64_t offset) override { return posix_->unlock(fd, offset); }
  int lstat(int dir, const char* path, struct stat* out) override {
    return perform("lstat", path, [&] { return posix_->lstat(dir, path, out); });
  }
  int access(int dir, const char* path, int mode) override {
    return perform("access", path, [&] { return posix_->access(dir, path, mode); });
  }
  int mkdir(int dir, const char* path, mode_t mode) override {
    return perform("mkdir", path, [&] { return posix_->mkdir(dir, path, mode); });
  }
  int rename(int from_dir, const char* from, int to_dir, const char* to) override {
    return perform("rename", from, [&] { return posix_->rename(from_dir, from, to_dir, to); });
  }
  int unlink(int dir, const char* path) override {
    return perform("unlink", path, [&] { return posix_->unlink(dir, path); });
  }
  int list(int dir, std::vector<std::string>* names) override {
    return perform("list", paths_[dir], [&] { return posix_->list(dir, names); });
  }
  int touch(int dir, const char* path) override {
    return perform("touch", path, [&] { return posix_->touch(dir, path); });
  }
  int type(int fd, int64_t* magic) override {
    if (int error = note("statfs", paths_[fd])) return -error;
    const int result = posix_->type(fd, magic);
    if (forced_type != 0) *magic = forced_type;
    return result;
  }
  uid_t user() override { return posix_->user(); }
  uint64_t random() override { return forced_random ? *forced_random : posix_->random(); }

  size_t open_descriptors() const { return paths_.size(); }

 private:
  template <typename Body>
  auto perform(const char* name, const std::string& path, const Body& body) -> decltype(body()) {
    if (const int error = note(name, path)) return -error;
    return body();
  }

  int note(const char* name, const std::string& path, int flags = 0) {
    calls.push_back({calls.size(), name, path.substr(path.find_last_of('/') + 1), flags});
    return fault(calls.back());
  }

  const std::shared_ptr<FileSystem> posix_ = posix_file_system();
  std::map<int, std::string> paths_;  // of open descriptors
};

}  // namespace jitgemm::cache
