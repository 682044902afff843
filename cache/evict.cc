// Eviction: removes the least recently used entries when the root holds too much. An entry's last
// use is its file's modification time, so there is no index that could be wrong.
//
// Two passes over the folders: the first adds up bytes and finds the newest time of use that has to
// go, the second removes the entries up to that time.
#include <algorithm>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/each_folder.h"
#include "cache/file.h"
#include "cache/file_system.h"
#include "cache/store.h"

namespace jitgemm::cache {
namespace {

struct Time {
  time_t seconds = 0;
  long nanoseconds = 0;
  auto operator<=>(const Time&) const = default;
};

// A file that counts towards the limit.
struct CountedFile {
  std::string name;
  Time last_use;
  uint64_t bytes = 0;
};

std::optional<CountedFile> look_at(const ListedFolder& listed, const std::string& file) {
  struct stat status;
  if (!listed.is_of_store(file) || listed.folder.stat(file, &status) || S_ISDIR(status.st_mode))
    return std::nullopt;
  return CountedFile{
      file, {status.st_mtim.tv_sec, status.st_mtim.tv_nsec}, static_cast<uint64_t>(status.st_size)};
}

class Eviction {
 public:
  Eviction(FileSystem* fs, const std::string& root, const Store::EvictRequest& request)
      : fs_(fs), root_(root), request_(request) {}

  Failure measure() {
    return each_folder(fs_, root_, [&](const ListedFolder& listed) {
      for (const std::string& name : listed.files) {
        std::optional<CountedFile> file = look_at(listed, name);
        if (!file) continue;
        evicted_.bytes_left += file->bytes;
        if (listed.is_shard()) entries_.push_back(*std::move(file));
      }
    });
  }

  bool is_needed() const { return evicted_.bytes_left > request_.max_bytes; }

  // `remove` returns whether the entry is gone.
  using Remove = std::function<bool(const ListedFolder&, const CountedFile& entry)>;
  Failure run(const Remove& remove) {
    const Time last = last_to_go();
    return each_folder(fs_, root_, [&](const ListedFolder& listed) {
      if (!listed.is_shard()) return;
      for (const std::string& name : listed.files) {
        if (evicted_.bytes_left <= request_.to_bytes) return;
        const std::optional<CountedFile> entry = look_at(listed, name);
        if (!entry || entry->last_use > last) continue;
        if (!request_.dry_run && !remove(listed, *entry)) continue;
        evicted_.names.emplace_back(*entry_stem(name));
        evicted_.bytes += entry->bytes;
        evicted_.bytes_left -= std::min(evicted_.bytes_left, entry->bytes);
      }
    });
  }

  Store::Evicted take() { return std::move(evicted_); }

 private:
  // The last use of the newest entry that has to go to make enough room.
  Time last_to_go() {
    std::ranges::sort(entries_, {}, &CountedFile::last_use);
    uint64_t left = evicted_.bytes_left;
    for (const CountedFile& entry : entries_) {
      left -= entry.bytes;
      if (left <= request_.to_bytes) return entry.last_use;
    }
    return entries_.empty() ? Time() : entries_.back().last_use;
  }

  FileSystem* const fs_;
  const std::string& root_;
  const Store::EvictRequest& request_;
  std::vector<CountedFile> entries_;
  Store::Evicted evicted_;
};

}  // namespace

Result<Store::Usage> Store::usage() const {
  Usage usage;
  Failure failure = each_folder(options_.file_system.get(), root_, [&](const ListedFolder& listed) {
    for (const std::string& name : listed.files) {
      const std::optional<CountedFile> file = look_at(listed, name);
      if (!file) continue;
      ++(listed.is_shard() ? usage.entries : usage.temporary_files);
      (listed.is_shard() ? usage.entry_bytes : usage.temporary_bytes) += file->bytes;
    }
  });
  if (failure) return failure.status();
  return usage;
}

Result<Store::Evicted> Store::evict(const EvictRequest& request) const {
  Eviction eviction(options_.file_system.get(), root_, request);
  Failure failure = eviction.measure();
  if (!failure && eviction.is_needed())
    failure = eviction.run([&](const ListedFolder& listed, const CountedFile& entry) {
      // The maker of an entry holds its lock until it has published.
      const MakerLock lock =
          this->lock(*parse_entry_file(entry.name), std::chrono::milliseconds(0));
      if (lock.state == MakerLock::State::kTimedOut) return false;
      // Keeps an entry that was used or replaced since the listing.
      const std::optional<CountedFile> now = look_at(listed, entry.name);
      return now && now->last_use == entry.last_use && !listed.folder.unlink(entry.name);
    });
  if (failure) return failure.status();
  return eviction.take();
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
