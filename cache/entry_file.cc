#include "cache/entry_file.h"

#include <fmt/format.h>

#include <cerrno>

namespace jitgemm::cache {
Lookup missed(const Failure& failure) {
  if (failure.error == ENOENT) return {};
  if (!failure.distrust.empty()) return {.miss = Miss::kUntrusted, .reason = failure.text()};
  // The errors of open for a link, for a file in a folder's place, and for a socket.
  const bool irregular =
      failure.error == ELOOP || failure.error == ENOTDIR || failure.error == ENXIO;
  return {.miss = irregular ? Miss::kIrregular : Miss::kUnreadable,
          .reason = failure.text(),
          .stale = failure.error == ESTALE};
}

std::string kind_of_irregular(mode_t mode) {
  if (S_ISREG(mode)) return {};
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Lookup read_entry(const Folder& folder, const std::string& name, const Wanted& wanted,
                  const Owners& owners) {
  File file;
  if (Failure failure = folder.open_file(name, &file)) return missed(failure);
  struct stat status;
  if (Failure failure = file.stat(&status)) return missed(failure);
  if (const std::string kind = kind_of_irregular(status.st_mode); !kind.empty())
    return {.miss = Miss::kIrregular,
            .reason = fmt::format("{} is {}, not a regular file", file.path(), kind)};
  if (Failure failure = check_owner(status, file.path(), folder.file_system()->user(), owners))
    return missed(failure);

  bool stale = false;
  const auto next = [&](size_t size) -> Result<std::string> {
    std::string bytes;
    if (Failure failure = file.read(size, &bytes)) {
      stale = failure.error == ESTALE;
      return failure.status();
    }
    return bytes;
  };
  Lookup lookup = decode(static_cast<uint64_t>(status.st_size), next, wanted);
  lookup.stale = stale;
  if (!lookup.entry) lookup.reason = fmt::format("{}: {}", file.path(), lookup.reason);
  return lookup;
}

}  // namespace jitgemm::cache
