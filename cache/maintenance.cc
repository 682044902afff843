// What an operator does to a store: list, remove, clear. One shard at a time, one entry in memory.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cache/each_folder.h"
#include "cache/entry_file.h"
#include "cache/file.h"
#include "cache/file_system.h"
#include "cache/store.h"

namespace jitgemm::cache {
namespace {

// How many files of a kind there are in a folder of the root.
Result<uint64_t> count_files(FileSystem* fs, const std::string& path, const char* name,
                             bool (*is_counted)(std::string_view file)) {
  Folder root, folder;
  if (Failure failure = Folder::open(fs, path, &root)) return failure.status();
  std::vector<std::string> files;
  Failure failure = root.open_folder(name, &folder);
  if (!failure) failure = folder.list(&files);
  if (failure && failure.error != ENOENT) return failure.status();
  return static_cast<uint64_t>(std::ranges::count_if(files, is_counted));
}

// Why what stands there is no entry, whatever its bytes; empty when they decide.
std::string misplaced(const ListedFolder& shard, const std::string& stem, mode_t mode) {
  if (const std::string kind = kind_of_irregular(mode); !kind.empty())
    return fmt::format("is {}, not a regular file", kind);
  if (!parse_entry_name(stem)) return "is not named as an entry";
  if (shard_of(stem) != shard.name) return fmt::format("belongs to shard {}", shard_of(stem));
  return {};
}

// Verifies what stands in an entry's place; nothing when it went meanwhile.
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
  Lookup lookup =
      read_entry(shard.folder, file, {.name = item.name, .verifier = options.trust.verifier.get()},
                 options.owners);
  if (lookup.miss == Miss::kAbsent) return std::nullopt;
  item.problem = std::move(lookup.reason);
  if (lookup.entry) item.kernel = std::move(lookup.entry->kernel);
  return item;
}

}  // namespace

Result<std::vector<Store::Item>> Store::list() const {
  std::vector<Item> items;
  Failure failure =
      each_folder(options_.file_system.get(), root_, is_shard, [&](const ListedFolder& shard) {
        if (shard.failure)
          items.push_back({.name = shard.name, .kernel = {}, .problem = shard.failure.text()});
        for (const std::string& file : shard.files) {
          if (!entry_stem(file)) continue;
          if (std::optional<Item> item = inspect(shard, file, options_))
            items.push_back(*std::move(item));
        }
      });
  if (failure) return failure.status();
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
  return items;
}

Result<uint64_t> Store::temporary_files() const {
  return count_files(options_.file_system.get(), root_, kTemporaryFolder, is_temporary);
}

Result<uint64_t> Store::files_set_aside() const {
  return count_files(options_.file_system.get(), root_, kAsideFolder, is_aside);
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
  Failure first;  // of those that mean that something was left
  const auto note = [&](const Failure& failure) {
    if (!first) first = failure;
  };
  Failure failure = each_folder(options_.file_system.get(), root_, holds_files_of_ours,
                                [&](const ListedFolder& shard) {
                                  // A shard that is no folder, or a link to one, holds nothing of
                                  // this store.
                                  if (shard.failure && shard.failure.error != ENOTDIR)
                                    note(shard.failure);
                                  for (const std::string& file : shard.files) {
                                    const bool is_entry = parse_entry_file(file).has_value();
                                    if (!is_entry && !is_temporary(file) && !is_aside(file))
                                      continue;
                                    Failure failed = shard.folder.unlink(file);
                                    if (!failed && is_entry) ++entries;
                                    if (failed && failed.error != ENOENT && failed.error != EISDIR)
                                      note(failed);
                                  }
                                });
  if (failure) note(failure);
  if (first) return first.status();
  return entries;
}

}  // namespace jitgemm::cache
