#include "cache/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cache/aside.h"
#include "cache/entry_file.h"
#include "cache/file.h"
#include "cache/file_system.h"

namespace jitgemm::cache {
namespace {

Failure open_or_make_root(FileSystem* fs, const std::string& path, Folder* root) {
  Failure failure = Folder::open(fs, path, root);
  if (failure.error != ENOENT) return failure;
  if (Failure made = make_folders(fs, path)) return made;
  return Folder::open(fs, path, root);
}

// The files in `shard` that are named as entries of `what_digest`, in order.
Failure list_builders(const Folder& shard, std::string_view what_digest,
                      std::vector<EntryName>* names) {
  std::vector<std::string> files;
  if (Failure failure = shard.list(&files)) return failure;
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    std::optional<EntryName> name = parse_entry_file(file);
    if (name && name->what_digest == what_digest) names->push_back(*std::move(name));
  }
  return {};
}

}  // namespace

Store::Store(std::string root, std::shared_ptr<FileSystem> fs)
    : root_(std::move(root)), fs_(std::move(fs)) {}

Result<std::shared_ptr<Store>> Store::open_by(OpenRoot open_root, const std::string& root,
                                              std::shared_ptr<FileSystem> file_system) {
  if (root.empty()) return Status(StatusCode::kInvalidArgument, "the cache folder's path is empty");
  std::shared_ptr<FileSystem> fs = file_system ? std::move(file_system) : posix_file_system();
  std::string path;
  if (Failure failure = make_absolute(fs.get(), root, &path)) return failure.status();
  Folder folder;
  if (Failure failure = open_root(fs.get(), path, &folder)) return failure.status();
  return std::shared_ptr<Store>(new Store(std::move(path), std::move(fs)));
}

Result<std::shared_ptr<Store>> Store::open(const std::string& root,
                                           std::shared_ptr<FileSystem> file_system) {
  return open_by(open_or_make_root, root, std::move(file_system));
}

Result<std::shared_ptr<Store>> Store::open_existing(const std::string& root,
                                                    std::shared_ptr<FileSystem> file_system) {
  return open_by(Folder::open, root, std::move(file_system));
}

Status Store::check_writable() const {
  const Failure failure = cache::check_writable(fs_.get(), root_);
  return failure ? failure.status() : Status();
}

// The root is opened anew by every call, so that a folder that was removed or replaced under a
// long-lived process serves again as soon as it is back.
Failure Store::open_shard(const std::string& shard, Folder* out) const {
  Folder root;
  if (Failure failure = Folder::open(fs_.get(), root_, &root)) return failure;
  return root.open_folder(shard, out);
}

Failure Store::make_shard(const std::string& shard, Folder* out) const {
  Folder root;
  if (Failure failure = open_or_make_root(fs_.get(), root_, &root)) return failure;
  Failure failure = root.open_folder(shard, out);
  if (failure.error != ENOENT) return failure;
  if (Failure made = root.make_folder(shard)) return made;
  if (Failure synced = root.sync())
    return synced;  // or a power loss takes the shard with its entries
  return root.open_folder(shard, out);
}

Lookup Store::get(const EntryName& name, std::string_view what, std::string_view builder) const {
  if (!is_valid(name)) return {};
  const std::string text = name.text();
  Folder shard;
  if (Failure failure = open_shard(shard_of(text), &shard)) return missed(failure);
  return read_entry(shard, entry_file(name), {.name = text, .what = what, .builder = builder});
}

Lookup Store::get_any_builder(std::string_view what_digest, std::string_view what) const {
  if (!is_what_digest(what_digest)) return {};
  Folder shard;
  if (Failure failure = open_shard(shard_of(what_digest), &shard)) return missed(failure);
  std::vector<EntryName> names;
  if (Failure failure = list_builders(shard, what_digest, &names)) return missed(failure);

  Lookup first_refusal;
  for (const EntryName& name : names) {
    const std::string text = name.text();
    Lookup lookup = read_entry(shard, entry_file(name), {.name = text, .what = what});
    if (lookup.entry) return lookup;
    if (first_refusal.miss == Miss::kAbsent) first_refusal = std::move(lookup);
  }
  return first_refusal;
}

MakerLock Store::lock(const EntryName& name, std::chrono::milliseconds bound) const {
  if (!is_valid(name)) return {.reason = "no name of an entry"};
  Folder root;
  if (Failure failure = Folder::open(fs_.get(), root_, &root)) return {.reason = failure.text()};
  MakerLock lock = lock_for_making(root, name, bound);
  lock.file_system = fs_;
  return lock;
}

Status Store::set_aside(const EntryName& name) const {
  if (!is_valid(name)) return {StatusCode::kIoError, "no name of an entry"};
  Folder root, shard;
  Failure failure = Folder::open(fs_.get(), root_, &root);
  if (!failure) failure = root.open_folder(shard_of(name.what_digest), &shard);
  if (!failure) failure = cache::set_aside(root, shard, name);
  return failure ? failure.status() : Status();
}

Status Store::put(const EntryName& name, const Entry& entry) const {
  Result<std::string> bytes = encode(name, entry);
  if (!bytes.ok()) return bytes.status();
  Folder shard;
  if (Failure failure = make_shard(shard_of(name.what_digest), &shard)) return failure.status();
  return publish(shard, name, *bytes);
}

}  // namespace jitgemm::cache
