// File and Folder: open descriptors that close themselves, with the retries (EINTR, short reads and
// writes) and the error texts that the seam leaves to its caller.
//
// Thread rule: objects are used by one thread. The FileSystem must outlive them.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>
#include "cache/file_system.h"

namespace jitgemm::cache {

// How a system call failed, or why what it opened is not used; false when neither.
struct Failure {
  int error = 0;  // errno
  std::string call = {};
  std::string path = {};
  std::string distrust = {};  // set when the call went well: "may be written by others (0777)"

  explicit operator bool() const { return error != 0; }
  std::string text() const;  // "write /a/b: No space left on device (ENOSPC)"
  Status status() const;     // kIoError with that text
};

// An operation on a share of which a handle may go stale: then it is done again from its start,
// once.
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
  Failure try_lock(uint64_t offset) const;  // EAGAIN when another has it
  void unlock(uint64_t offset) const;
  Failure close();  // for the sake of its error; the destructor closes without a word

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

 private:
  FileSystem* fs_ = nullptr;
  int fd_ = -1;
  std::string path_;
};

class Folder {
 public:
  Folder() = default;

  // Follows links: this path is the user's word.
  static Failure open(FileSystem* fs, const std::string& path, Folder* out);
  // Does not follow one in its last part.
  static Failure open_itself(FileSystem* fs, const std::string& path, Folder* out);

  // Names in this folder. What they name must not be a link.
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

  FileSystem* fs_ = nullptr;
  File file_;
};

// Whether files can be made in the folder, without trying.
Failure check_writable(FileSystem* fs, const std::string& path);

// The folder and those above it that are missing, mode 0700.
Failure make_folders(FileSystem* fs, const std::string& path);

// `path`, after the current folder where it is relative.
Failure make_absolute(FileSystem* fs, const std::string& path, std::string* out);

}  // namespace jitgemm::cache
