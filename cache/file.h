// File and Folder: open descriptors that close themselves. They retry what FileSystem does not
// (EINTR, short reads and writes) and turn errors into text.
//
// Thread rule: objects are used by one thread. The FileSystem must outlive them.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>
#include "cache/file_system.h"

namespace jitgemm::cache {

// A failed system call, or the reason why what it opened is not trusted; false when all went well.
struct Failure {
  int error = 0;  // errno
  std::string call = {};
  std::string path = {};
  std::string distrust = {};  // the call succeeded, but: "is owned by user 7; ..."

  explicit operator bool() const { return error != 0; }
  std::string text() const;  // "write /a/b: No space left on device (ENOSPC)"
  Status status() const;     // kIoError with that text
};

// Repeats the operation once, from its start, when a file handle of a network share went stale.
template <typename Operation>
Failure again_if_stale(const Operation& operation) {
  const Failure failure = operation();
  return failure.error == ESTALE ? operation() : failure;
}

class File {
 public:
  File() = default;
  File(FileSystem* fs, int fd, std::string path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // The next `size` bytes, fewer only where the file ends.
  Failure read(size_t size, std::string* bytes) const;
  Failure write(std::string_view bytes) const;
  Failure sync() const;
  Failure stat(struct stat* out) const;
  Failure try_lock(uint64_t offset);  // one byte, until close(); EAGAIN: another open file holds it
  Failure close();                    // reports the error, which the destructor ignores

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

 private:
  FileSystem* fs_ = nullptr;
  int fd_ = -1;
  std::string path_;
  std::optional<uint64_t> locked_;  // the offset of the byte
};

class Folder {
 public:
  Folder() = default;

  // Follows links, because the user chose this path.
  static Failure open(FileSystem* fs, const std::string& path, Folder* out);
  // The same, after making the folder and its parents if they are missing, mode 0700.
  static Failure open_or_make(FileSystem* fs, const std::string& path, Folder* out);

  // The following take names in this folder, and refuse links.
  Failure open_folder(const std::string& name, Folder* out) const;
  Failure open_file(const std::string& name, File* out) const;       // for reading; never blocks
  Failure create_file(const std::string& name, File* out) const;     // for writing; must not exist
  Failure open_lock_file(const std::string& name, File* out) const;  // made when missing
  Failure make_folder(const std::string& name) const;                // may exist
  Failure rename(const std::string& from, const Folder& to_folder, const std::string& to) const;
  Failure unlink(const std::string& name) const;
  Failure stat(const std::string& name, struct stat* out) const;
  Failure list(std::vector<std::string>* names) const;
  Failure touch(const std::string& name) const;
  Failure sync() const;

  // This folder itself.
  Failure stat(struct stat* out) const { return file_.stat(out); }
  Failure type(int64_t* magic) const;
  const std::string& path() const { return file_.path(); }
  FileSystem* file_system() const { return fs_; }
  std::string path_of(const std::string& name) const { return file_.path() + "/" + name; }

 private:
  Folder(FileSystem* fs, File file) : fs_(fs), file_(std::move(file)) {}
  static Failure open_at(FileSystem* fs, int dir, const char* name, int flags, std::string path,
                         Folder* out);
  Failure open_with(int flags, const std::string& name, File* out) const;

  FileSystem* fs_ = nullptr;
  File file_;
};

// Fails when this user may not make files in the folder; makes none.
Failure check_writable(FileSystem* fs, const std::string& path);

}  // namespace jitgemm::cache
