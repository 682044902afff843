#include "cache/aside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <tuple>
#include <vector>

namespace jitgemm::cache {
namespace {

struct Kept {
  std::string file;
  uint64_t bytes;
  timespec since;

  bool operator<(const Kept& other) const {
    return std::tie(since.tv_sec, since.tv_nsec) <
           std::tie(other.since.tv_sec, other.since.tv_nsec);
  }
};

Failure list_kept(const Folder& aside, std::vector<Kept>* kept) {
  std::vector<std::string> files;
  if (Failure failure = aside.list(&files)) return failure;
  for (std::string& file : files) {
    struct stat status;
    if (!is_aside(file) || aside.stat(file, &status)) continue;
    kept->push_back({std::move(file), static_cast<uint64_t>(status.st_size), status.st_ctim});
  }
  std::sort(kept->begin(), kept->end());
  return {};
}

Failure make_room(const Folder& aside, uint64_t bytes) {
  std::vector<Kept> kept;
  if (Failure failure = list_kept(aside, &kept)) return failure;
  for (const Kept& file : kept) bytes += file.bytes;
  size_t files = kept.size() + 1;
  for (const Kept& oldest : kept) {
    if (files <= kMaxAsideFiles && bytes <= kMaxAsideBytes) break;
    if (Failure failure = aside.unlink(oldest.file); failure && failure.error != ENOENT)
      return failure;
    --files;
    bytes -= oldest.bytes;
  }
  return {};
}

}  // namespace

Failure set_aside(const Folder& root, const Folder& shard, const EntryName& name) {
  const std::string file = entry_file(name);
  struct stat status;
  if (Failure failure = shard.stat(file, &status)) return failure;
  const auto bytes = static_cast<uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || bytes > kMaxAsideBytes)
    return {.error = EFBIG, .call = "set aside", .path = shard.path_of(file)};
  if (Failure failure = root.make_folder(kAsideFolder)) return failure;
  Folder aside;
  if (Failure failure = root.open_folder(kAsideFolder, &aside)) return failure;
  if (Failure failure = make_room(aside, bytes)) return failure;
  return shard.rename(file, aside,
                      aside_file(name, fmt::format("{:016x}", shard.file_system()->random())));
}

}  // namespace jitgemm::cache
