#include "cache/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace jitgemm::cache {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

template <typename Call>
auto retry(Call call) {
  auto result = call();
  while (result == -EINTR) result = call();
  return result;
}

// `result` as the seam gives it.
Failure failure(const char* call, int64_t result, const std::string& path) {
  if (result >= 0) return {};
  return {.error = static_cast<int>(-result), .call = call, .path = path};
}

Failure make_one(FileSystem* fs, int dir, const char* name, const std::string& path) {
  Failure failed = failure("mkdir", retry([&] { return fs->mkdir(dir, name, kFolderMode); }), path);
  return failed.error == EEXIST ? Failure{} : failed;
}

// Makes the folder and its missing parents.
Failure make_folders(FileSystem* fs, const std::string& path) {
  Failure failed = make_one(fs, AT_FDCWD, path.c_str(), path);
  const size_t slash = path.find_last_of('/');
  if (failed.error != ENOENT || slash == std::string::npos || slash == 0) return failed;
  if (Failure above = make_folders(fs, path.substr(0, slash))) return above;
  return make_one(fs, AT_FDCWD, path.c_str(), path);
}

}  // namespace

std::string Failure::text() const {
  if (!distrust.empty()) return fmt::format("{} {}", path, distrust);
  const char* word = ::strerrorname_np(error);
  const char* description = ::strerrordesc_np(error);
  return fmt::format("{} {}: {} ({})", call, path, description ? description : "unknown error",
                     word ? word : std::to_string(error));
}

Status Failure::status() const { return {StatusCode::kIoError, text()}; }

File::File(FileSystem* fs, int fd, std::string path) : fs_(fs), fd_(fd), path_(std::move(path)) {}

File::File(File&& other) noexcept
    : fs_(other.fs_),
      fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      locked_(other.locked_) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fs_, other.fs_);
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(locked_, other.locked_);
  return *this;
}

File::~File() { (void)close(); }

Failure File::read(size_t size, std::string* bytes) const {
  bytes->resize(size);
  size_t done = 0;
  while (done < size) {
    const ssize_t got = retry([&] { return fs_->read(fd_, bytes->data() + done, size - done); });
    if (got < 0) return failure("read", got, path_);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  bytes->resize(done);
  return {};
}

Failure File::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = retry([&] { return fs_->write(fd_, bytes.data(), bytes.size()); });
    if (put < 0) return failure("write", put, path_);
    if (put == 0) return failure("write", -EIO, path_);  // would repeat for ever
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Failure File::sync() const {
  return failure("fsync", retry([&] { return fs_->fsync(fd_); }), path_);
}

Failure File::stat(struct stat* out) const {
  return failure("fstat", retry([&] { return fs_->fstat(fd_, out); }), path_);
}

Failure File::try_lock(uint64_t offset) {
  Failure failed = failure("lock", retry([&] { return fs_->try_lock(fd_, offset); }), path_);
  if (!failed) locked_ = offset;
  return failed;
}

Failure File::close() {
  if (fd_ < 0) return {};
  // A child that was forked meanwhile shares the open file, so closing it would not unlock.
  if (locked_) (void)retry([&] { return fs_->unlock(fd_, *locked_); });
  // Never retried: Linux has closed it even after EINTR, and the number may be in use again.
  const int result = fs_->close(std::exchange(fd_, -1));
  return result == -EINTR ? Failure{} : failure("close", result, path_);
}

Failure Folder::open_at(FileSystem* fs, int dir, const char* name, int flags, std::string path,
                        Folder* out) {
  const int fd =
      retry([&] { return fs->open(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags, 0); });
  if (fd < 0) return failure("open", fd, path);
  *out = Folder(fs, File(fs, fd, std::move(path)));
  return {};
}

Failure Folder::open(FileSystem* fs, const std::string& path, Folder* out) {
  return open_at(fs, AT_FDCWD, path.c_str(), 0, path, out);
}

Failure Folder::open_or_make(FileSystem* fs, const std::string& path, Folder* out) {
  Failure failed = open(fs, path, out);
  if (failed.error != ENOENT) return failed;
  if (Failure made = make_folders(fs, path)) return made;
  return open(fs, path, out);
}

Failure Folder::open_folder(const std::string& name, Folder* out) const {
  return open_at(fs_, file_.fd(), name.c_str(), O_NOFOLLOW, path_of(name), out);
}

Failure Folder::open_with(int flags, const std::string& name, File* out) const {
  flags |= O_NOFOLLOW | O_CLOEXEC;
  const int fd = retry([&] { return fs_->open(file_.fd(), name.c_str(), flags, kFileMode); });
  if (fd < 0) return failure("open", fd, path_of(name));
  *out = File(fs_, fd, path_of(name));
  return {};
}

Failure Folder::open_file(const std::string& name, File* out) const {
  return open_with(O_RDONLY | O_NONBLOCK, name, out);
}

Failure Folder::create_file(const std::string& name, File* out) const {
  return open_with(O_WRONLY | O_CREAT | O_EXCL, name, out);
}

Failure Folder::open_lock_file(const std::string& name, File* out) const {
  return open_with(O_RDWR | O_CREAT | O_NONBLOCK, name, out);
}

Failure Folder::make_folder(const std::string& name) const {
  return make_one(fs_, file_.fd(), name.c_str(), path_of(name));
}

Failure Folder::rename(const std::string& from, const Folder& to_folder,
                       const std::string& to) const {
  const int result = retry(
      [&] { return fs_->rename(file_.fd(), from.c_str(), to_folder.file_.fd(), to.c_str()); });
  return failure("rename", result, path_of(from));
}

Failure Folder::unlink(const std::string& name) const {
  return failure("unlink", retry([&] { return fs_->unlink(file_.fd(), name.c_str()); }),
                 path_of(name));
}

Failure Folder::stat(const std::string& name, struct stat* out) const {
  return failure("lstat", retry([&] { return fs_->lstat(file_.fd(), name.c_str(), out); }),
                 path_of(name));
}

Failure Folder::list(std::vector<std::string>* names) const {
  const int result = retry([&] {
    names->clear();
    return fs_->list(file_.fd(), names);
  });
  return failure("list", result, file_.path());
}

Failure Folder::touch(const std::string& name) const {
  return failure("touch", retry([&] { return fs_->touch(file_.fd(), name.c_str()); }),
                 path_of(name));
}

Failure Folder::type(int64_t* magic) const {
  return failure("statfs", retry([&] { return fs_->type(file_.fd(), magic); }), path());
}

Failure Folder::sync() const {
  Failure failed = file_.sync();
  // EINVAL: the file system does not support fsync of a folder.
  return failed.error == EINVAL ? Failure{} : failed;
}

Failure check_writable(FileSystem* fs, const std::string& path) {
  const int result = retry([&] { return fs->access(AT_FDCWD, path.c_str(), W_OK | X_OK); });
  return failure("access", result, path);
}

}  // namespace jitgemm::cache
