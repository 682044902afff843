// Maintenance of a store: list, remove, clear, and the removal of orphans. Works on one shard at a
// time and holds one entry in memory.
#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "cache/each_folder.h"
#include "cache/entry_file.h"
#include "cache/file.h"
#include "cache/file_system.h"
#include "cache/store.h"

namespace jitgemm::cache {
namespace {

// A temporary file that is older was left by a process that died.
constexpr time_t kOrphanAgeSeconds = 3600;

// The time by the clock that dates the folder's files, which is a server's on a network share: that
// of a file that is made and removed.
Failure get_time(const Folder& folder, time_t* now) {
  const EntryName none{std::string(32, '0'), std::string(16, '0')};
  const std::string probe = temporary_file(none, folder.file_system()->random());
  File file;
  struct stat status;
  if (Failure failure = folder.create_file(probe, &file)) return failure;
  const Failure failure = folder.stat(probe, &status);
  if (!failure) *now = status.st_mtim.tv_sec;
  (void)folder.unlink(probe);
  return failure;
}

// The reason why its type, name or place excludes the file; empty when its bytes decide.
std::string misplaced(const ListedFolder& shard, const std::string& stem, mode_t mode) {
  if (const std::string kind = kind_of_irregular(mode); !kind.empty())
    return fmt::format("is {}, not a regular file", kind);
  if (!parse_entry_name(stem)) return "is not named as an entry";
  if (shard_of(stem) != shard.name) return fmt::format("belongs to shard {}", shard_of(stem));
  return {};
}

// Verifies a file; nullopt when it was removed meanwhile.
std::optional<Store::Item> inspect(const ListedFolder& shard, const std::string& file,
                                   const StoreOptions& options) {
  Store::Item item{.name = std::string(*entry_stem(file)), .kernel = {}, .problem = {}};
  struct stat status;
  if (Failure failure = shard.folder.stat(file, &status)) {
    if (failure.error == ENOENT) return std::nullopt;
    item.problem = failure.text();
    return item;
  }
  item.bytes = static_cast<uint64_t>(status.st_size);
  if (const std::string problem = misplaced(shard, item.name, status.st_mode); !problem.empty()) {
    item.problem = fmt::format("{} {}", shard.folder.path_of(file), problem);
    return item;
  }
  Lookup lookup = read_entry(
      shard.folder, file, {.name = item.name, .verifier = &options.trust.verifier}, options.owners);
  if (lookup.miss == Miss::kAbsent) return std::nullopt;
  item.problem = std::move(lookup.reason);
  if (lookup.entry) item.kernel = std::move(lookup.entry->kernel);
  return item;
}

}  // namespace

Result<std::vector<Store::Item>> Store::list() const {
  std::vector<Item> items;
  Failure failure = each_folder(options_.file_system.get(), root_, [&](const ListedFolder& shard) {
    if (!is_shard(shard.name)) return;
    if (shard.failure)
      items.push_back({.name = shard.name, .kernel = {}, .problem = shard.failure.text()});
    for (const std::string& file : shard.files) {
      if (!entry_stem(file)) continue;
      if (std::optional<Item> item = inspect(shard, file, options_))
        items.push_back(*std::move(item));
    }
  });
  if (failure) return failure.status();
  return items;
}

Result<uint64_t> Store::remove_orphans() const {
  Folder root, folder;
  std::vector<std::string> files;
  if (Failure failure = open_root(Folder::open, &root)) return failure.status();
  Failure failure = open_in(root, kTemporaryFolder, &folder);
  if (failure.error == ENOENT) return 0;
  if (!failure) failure = folder.list(&files);
  std::erase_if(files, [](const std::string& file) { return !is_temporary(file); });
  time_t now = 0;
  if (!failure && !files.empty()) failure = get_time(folder, &now);
  if (failure) return failure.status();

  uint64_t removed = 0;
  for (const std::string& file : files) {
    struct stat status;
    if (folder.stat(file, &status) || now - status.st_mtim.tv_sec <= kOrphanAgeSeconds) continue;
    if (!folder.unlink(file)) ++removed;
  }
  return removed;
}

Status Store::remove(std::string_view name) const {
  const std::optional<EntryName> parsed = parse_entry_name(name);
  const Status none(StatusCode::kInvalidArgument,
                    fmt::format("there is no entry '{}' in {}", name, root_));
  if (!parsed) return none;
  Folder shard;
  Failure failure = open_shard(shard_of(name), &shard);
  if (!failure) failure = shard.unlink(entry_file(*parsed));
  if (failure.error == ENOENT) return none;
  return failure ? failure.status() : Status();
}

Result<uint64_t> Store::clear() const {
  uint64_t entries = 0;
  Failure first;  // of the failures that left a file behind
  const auto note = [&](const Failure& failure) {
    if (!first) first = failure;
  };
  note(each_folder(options_.file_system.get(), root_, [&](const ListedFolder& listed) {
    // ENOTDIR: a file or a link in the folder's place, which holds nothing of this store.
    if (listed.failure && listed.failure.error != ENOTDIR) note(listed.failure);
    for (const std::string& file : listed.files) {
      if (!listed.is_of_store(file)) continue;
      const Failure failure = listed.folder.unlink(file);
      if (!failure && is_shard(listed.name)) ++entries;
      if (failure && failure.error != ENOENT && failure.error != EISDIR) note(failure);
    }
  }));
  if (first) return first.status();
  return entries;
}

}  // namespace jitgemm::cache
