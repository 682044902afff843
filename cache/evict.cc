// What was least recently used goes when the root holds too much. The time of the last use is a
// file's modification time: there is no index that could be wrong.
//
// Two passes over the shards, one at a time: the first adds up bytes and finds the time up to which
// files go, the second removes them.
#include <algorithm>
#include <compare>
#include <utility>

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

struct Use {
  Time last;
  uint64_t bytes = 0;
};

std::optional<Use> use_of(const Folder& folder, const std::string& file) {
  struct stat status;
  if (folder.stat(file, &status) || S_ISDIR(status.st_mode)) return std::nullopt;
  return Use{{status.st_mtim.tv_sec, status.st_mtim.tv_nsec},
             static_cast<uint64_t>(status.st_size)};
}

bool may_go(std::string_view file) { return parse_entry_file(file) || is_aside(file); }

class Eviction {
 public:
  Eviction(FileSystem* fs, const std::string& root, const Store::EvictRequest& request)
      : fs_(fs), root_(root), request_(request) {}

  Failure weigh() {
    return each_folder(fs_, root_, holds_files_of_ours, [&](const ListedFolder& listed) {
      for (const std::string& file : listed.files) {
        if (!may_go(file) && !is_temporary(file)) continue;
        const std::optional<Use> use = use_of(listed.folder, file);
        if (!use) continue;
        evicted_.bytes_left += use->bytes;
        if (may_go(file)) uses_.push_back(*use);
      }
    });
  }

  bool is_needed() const { return evicted_.bytes_left > request_.max_bytes; }

  // `remove` tells whether the file went.
  using Remove = std::function<bool(const ListedFolder&, const std::string& file, const Use&)>;
  Failure run(const Remove& remove) {
    const Time last = last_to_go();
    return each_folder(fs_, root_, holds_files_of_ours, [&](const ListedFolder& listed) {
      for (const std::string& file : listed.files) {
        if (evicted_.bytes_left <= request_.to_bytes) return;
        const std::optional<Use> use = may_go(file) ? use_of(listed.folder, file) : std::nullopt;
        if (!use || use->last > last) continue;
        if (!request_.dry_run && !remove(listed, file, *use)) continue;
        evicted_.names.push_back(file.substr(0, file.find_last_of('.')));
        evicted_.bytes += use->bytes;
        evicted_.bytes_left -= std::min(evicted_.bytes_left, use->bytes);
      }
    });
  }

  Store::Evicted take() { return std::move(evicted_); }

 private:
  // Of the uses, from the oldest on, the first that makes enough room.
  Time last_to_go() {
    std::ranges::sort(uses_, {}, &Use::last);
    uint64_t left = evicted_.bytes_left;
    for (const Use& use : uses_) {
      left -= use.bytes;
      if (left <= request_.to_bytes) return use.last;
    }
    return uses_.empty() ? Time() : uses_.back().last;
  }

  FileSystem* const fs_;
  const std::string& root_;
  const Store::EvictRequest& request_;
  std::vector<Use> uses_;
  Store::Evicted evicted_;
};

}  // namespace

Result<Store::Evicted> Store::evict(const EvictRequest& request) const {
  Eviction eviction(options_.file_system.get(), root_, request);
  Failure failure = eviction.weigh();
  if (!failure && eviction.is_needed())
    failure =
        eviction.run([&](const ListedFolder& listed, const std::string& file, const Use& use) {
          // Whoever makes an entry has its lock: what it publishes, or has just published, stays.
          const std::optional<EntryName> name = parse_entry_file(file);
          const MakerLock lock =
              name ? this->lock(*name, std::chrono::milliseconds(0)) : MakerLock();
          if (lock.state == MakerLock::State::kTimedOut) return false;
          const std::optional<Use> now = use_of(listed.folder, file);
          return now && now->last == use.last && !listed.folder.unlink(file);
        });
  if (failure) return failure.status();
  return eviction.take();
}

uint64_t Store::keep_within_limit(uint64_t put_bytes) const {
  const uint64_t max = options_.max_bytes;
  if (max == 0 || !usage_.must_look(put_bytes, max, options_.file_system->random())) return 0;
  // An eighth of room, so that the next puts need not look.
  const Result<Evicted> evicted = evict({.max_bytes = max, .to_bytes = max - max / 8});
  usage_.found(evicted.ok() ? std::optional(evicted->bytes_left) : std::nullopt);
  return evicted.ok() ? evicted->names.size() : 0;
}

}  // namespace jitgemm::cache
