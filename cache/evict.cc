// Eviction: removes the least recently used entries when the root holds too much. An entry's last
// use is its file's modification time, so there is no index that could be wrong.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/each_folder.h"
#include "cache/file.h"
#include "cache/file_system.h"
#include "cache/store.h"

namespace jitgemm::cache {

// A file that counts towards the limit.
struct CountedFile {
  std::string folder, name;
  std::pair<time_t, long> last_use = {};  // seconds, nanoseconds
  uint64_t bytes = 0;
};

namespace {

// Updates time and size. False when the file is gone or is a folder.
bool look_at(const Folder& folder, CountedFile* file) {
  struct stat status;
  if (folder.stat(file->name, &status) || S_ISDIR(status.st_mode)) return false;
  file->last_use = {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  file->bytes = static_cast<uint64_t>(status.st_size);
  return true;
}

Failure list_files(FileSystem* fs, const std::string& root, std::vector<CountedFile>* files) {
  return each_folder(fs, root, [&](const ListedFolder& listed) {
    for (const std::string& name : listed.files) {
      CountedFile file{.folder = listed.name, .name = name};
      if (listed.is_of_store(name) && look_at(listed.folder, &file))
        files->push_back(std::move(file));
    }
  });
}

}  // namespace

Result<Store::Usage> Store::usage() const {
  std::vector<CountedFile> files;
  if (Failure failure = list_files(options_.file_system.get(), root_, &files))
    return failure.status();
  Usage usage;
  for (const CountedFile& file : files) {
    const bool is_entry = is_shard(file.folder);
    ++(is_entry ? usage.entries : usage.temporary_files);
    (is_entry ? usage.entry_bytes : usage.temporary_bytes) += file.bytes;
  }
  return usage;
}

Result<Store::Evicted> Store::evict(const EvictRequest& request) const {
  std::vector<CountedFile> files;
  if (Failure failure = list_files(options_.file_system.get(), root_, &files))
    return failure.status();
  Evicted evicted;
  for (const CountedFile& file : files) evicted.bytes_left += file.bytes;
  if (evicted.bytes_left <= request.max_bytes) return evicted;
  std::ranges::sort(files, {}, &CountedFile::last_use);
  for (const CountedFile& file : files) {
    if (evicted.bytes_left <= request.to_bytes) break;
    if (!is_shard(file.folder) || !(request.dry_run || remove_unused(file))) continue;
    evicted.names.emplace_back(*entry_stem(file.name));
    evicted.bytes += file.bytes;
    evicted.bytes_left -= file.bytes;
  }
  return evicted;
}

// Returns whether the entry is gone. It stays if it was used or replaced since it was listed, or if
// a process is making it: a maker holds the lock until it has published.
bool Store::remove_unused(const CountedFile& listed) const {
  const MakerLock lock = this->lock(*parse_entry_file(listed.name), std::chrono::milliseconds(0));
  Folder shard;
  if (lock.state == MakerLock::State::kTimedOut || open_shard(listed.folder, &shard)) return false;
  CountedFile now = listed;
  return look_at(shard, &now) && now.last_use == listed.last_use && !shard.unlink(listed.name);
}

uint64_t Store::keep_within_limit(uint64_t put_bytes) const {
  const uint64_t max = options_.max_bytes;
  if (max == 0 || !estimate_.must_measure(put_bytes, max, options_.file_system->random())) return 0;
  // Frees an eighth, so that the next puts need not measure.
  const Result<Evicted> evicted = evict({.max_bytes = max, .to_bytes = max - max / 8});
  estimate_.measured(evicted.ok() ? std::optional(evicted->bytes_left) : std::nullopt);
  return evicted.ok() ? evicted->names.size() : 0;
}

}  // namespace jitgemm::cache
