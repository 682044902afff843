#include "cache/store.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cache/entry_file.h"
#include "cache/file.h"
#include "cache/file_system.h"

namespace jitgemm::cache {
namespace {

// Writes a file that did not exist and makes it durable. Leaves no file behind on failure.
Failure write_new(const Folder& folder, const std::string& name, std::string_view bytes) {
  File file;
  if (Failure failure = folder.create_file(name, &file)) return failure;
  Failure failure = file.write(bytes);
  if (!failure) failure = file.sync();
  if (!failure) failure = file.close();  // NFS reports a full disk here
  if (failure) (void)folder.unlink(name);
  return failure;
}

// A store that demands signatures would not read back what it writes unsigned.
bool can_put(const Trust& trust) { return !trust.verifier || trust.signer; }

Status unsigned_refused() {
  return {StatusCode::kInvalidArgument,
          "only signed entries are accepted and there is no private key to sign with"};
}

}  // namespace

Store::Store(std::string root, StoreOptions options)
    : root_(std::move(root)), options_(std::move(options)) {}

Result<std::shared_ptr<Store>> Store::open_by(OpenRoot open, const std::string& root,
                                              StoreOptions options) {
  if (root.empty()) return Status(StatusCode::kInvalidArgument, "the cache folder's path is empty");
  if (!options.file_system) options.file_system = posix_file_system();
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(root, error);
  if (error) return Failure{.error = error.value(), .call = "getcwd", .path = root}.status();
  std::shared_ptr<Store> store(new Store(path.string(), std::move(options)));
  Folder folder;
  if (Failure failure = again_if_stale([&] { return store->open_root(open, &folder); }))
    return failure.status();
  return store;
}

Result<std::shared_ptr<Store>> Store::open(const std::string& root, StoreOptions options) {
  return open_by(Folder::open_or_make, root, std::move(options));
}

Result<std::shared_ptr<Store>> Store::open_existing(const std::string& root, StoreOptions options) {
  return open_by(Folder::open, root, std::move(options));
}

Status Store::check_writable() const {
  if (!can_put(options_.trust)) return unsigned_refused();
  const Failure failure = cache::check_writable(options_.file_system.get(), root_);
  return failure ? failure.status() : Status();
}

// Every call opens the root again, so that a folder that was removed or replaced under a long-lived
// process serves again as soon as it is back.
Failure Store::open_root(OpenRoot open, Folder* out) const {
  if (Failure failure = open(options_.file_system.get(), root_, out)) return failure;
  return check_owner(*out, options_.owners);
}

Failure Store::open_in(const Folder& root, const std::string& name, Folder* out) const {
  if (Failure failure = root.open_folder(name, out)) return failure;
  return check_owner(*out, options_.owners);
}

Failure Store::make_in(const Folder& root, const std::string& name, Folder* out) const {
  Failure failure = open_in(root, name, out);
  if (failure.error != ENOENT) return failure;
  if (Failure made = root.make_folder(name)) return made;
  // Without this a power loss could take the new folder with its entries.
  if (Failure synced = root.sync()) return synced;
  return open_in(root, name, out);
}

Failure Store::open_shard(const std::string& shard, Folder* out) const {
  Folder root;
  if (Failure failure = open_root(Folder::open, &root)) return failure;
  return open_in(root, shard, out);
}

Lookup Store::read(const EntryName& name, Wanted wanted) const {
  if (!is_valid(name)) return {};
  const std::string text = name.text();
  wanted.name = text;
  wanted.verifier = &options_.trust.verifier;
  const auto look = [&]() -> Lookup {
    Folder shard;
    if (Failure failure = open_shard(shard_of(text), &shard)) return missed(failure);
    return read_entry(shard, entry_file(name), wanted, options_.owners);
  };
  Lookup lookup = look();
  if (lookup.stale) lookup = look();
  return lookup;
}

Lookup Store::get(const EntryName& name, std::string_view what, std::string_view builder) const {
  return read(name, {.what = what, .builder = builder});
}

Lookup Store::get(const EntryName& name) const { return read(name, {}); }

Lookup Store::look_for_any_builder(std::string_view what_digest, std::string_view what) const {
  Folder shard;
  std::vector<std::string> files;
  Failure failure = open_shard(shard_of(what_digest), &shard);
  if (!failure) failure = shard.list(&files);
  if (failure) return missed(failure);
  std::sort(files.begin(), files.end());
  Lookup first_refusal;
  for (const std::string& file : files) {
    const std::optional<EntryName> name = parse_entry_file(file);
    if (!name || name->what_digest != what_digest) continue;
    const std::string text = name->text();
    Lookup lookup =
        read_entry(shard, file, {.name = text, .what = what, .verifier = &options_.trust.verifier},
                   options_.owners);
    if (lookup.entry || lookup.stale) return lookup;
    if (first_refusal.miss == Miss::kAbsent) first_refusal = std::move(lookup);
  }
  return first_refusal;
}

Lookup Store::get_any_builder(std::string_view what_digest, std::string_view what) const {
  if (!is_what_digest(what_digest)) return {};
  Lookup lookup = look_for_any_builder(what_digest, what);
  if (lookup.stale) lookup = look_for_any_builder(what_digest, what);
  return lookup;
}

MakerLock Store::lock(const EntryName& name, std::chrono::milliseconds bound) const {
  if (!is_valid(name)) return {.reason = "malformed entry name"};
  Folder root;
  if (Failure failure = again_if_stale([&] { return open_root(Folder::open, &root); }))
    return {.reason = failure.text()};
  MakerLock lock = lock_for_making(root, options_.lock_dir, name, bound);
  lock.file_system = options_.file_system;
  return lock;
}

// Writes a temporary file and renames it over what is there.
Failure Store::publish(const EntryName& name, std::string_view bytes) const {
  Folder root, shard, temporaries;
  Failure failure = open_root(Folder::open_or_make, &root);
  if (!failure) failure = make_in(root, shard_of(name.what_digest), &shard);
  if (!failure) failure = make_in(root, kTemporaryFolder, &temporaries);
  const std::string temporary = temporary_file(name, options_.file_system->random());
  if (!failure) failure = write_new(temporaries, temporary, bytes);
  if (failure) return failure;
  failure = temporaries.rename(temporary, shard, entry_file(name));
  if (failure) (void)temporaries.unlink(temporary);
  return failure ? failure : shard.sync();
}

Result<std::string> Store::encoded(const EntryName& name, const Entry& entry) const {
  const Trust& trust = options_.trust;
  if (!entry.signature && trust.signer) return encode_signed(name, entry, trust.signer);
  if (!entry.signature && !can_put(trust)) return unsigned_refused();
  return encode(name, entry);
}

Result<bool> Store::sign(const EntryName& name) const {
  Lookup found = get(name);
  if (!found.entry) return Status(StatusCode::kIoError, std::move(found.reason));
  const Result<std::string> before = encode(name, *found.entry);
  found.entry->signature.reset();
  const Result<std::string> after = encoded(name, *found.entry);
  if (!after.ok()) return after.status();
  if (before.ok() && *before == *after) return false;
  if (Status status = put(name, *found.entry); !status.ok()) return status;
  return true;
}

Status Store::put(const EntryName& name, const Entry& entry, uint64_t* evicted) const {
  if (evicted) *evicted = 0;
  const Result<std::string> bytes = encoded(name, entry);
  if (!bytes.ok()) return bytes.status();
  if (Failure failure = again_if_stale([&] { return publish(name, *bytes); }))
    return failure.status();
  const uint64_t removed = keep_within_limit(bytes->size());
  if (evicted) *evicted = removed;
  return {};
}

void Store::mark_used(const EntryName& name) const {
  if (!is_valid(name)) return;
  const std::string file = entry_file(name);
  Folder shard;
  struct stat status;
  if (open_shard(shard_of(name.what_digest), &shard) || shard.stat(file, &status)) return;
  constexpr time_t kHour = 3600;
  if (std::abs(std::time(nullptr) - status.st_mtim.tv_sec) >= kHour) (void)shard.touch(file);
}

}  // namespace jitgemm::cache
