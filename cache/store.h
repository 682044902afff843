// Store: the on-disk cache of compiled kernels, as bytes; cache/FORMAT.md describes its files.
//
// An entry carries the whole text of its key, and the reader compares it: the name finds the file,
// equality of the texts admits it. An entry that fails a check is a miss; a lookup never fails and
// never returns a wrong kernel.
//
// The methods of Store are in store.cc (open, get, put), evict.cc (the limit on bytes) and
// maintenance.cc (list, remove, clear, orphans).
//
// Thread rule: all methods may be called from any number of threads and processes at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>
#include "cache/entry.h"
#include "cache/lock.h"
#include "cache/name.h"
#include "cache/owner.h"
#include "cache/signature.h"
#include "cache/size_estimate.h"

namespace jitgemm::cache {

class FileSystem;  // cache/file_system.h: the seam through which every system call goes
struct CountedFile;

struct StoreOptions {
  std::shared_ptr<FileSystem> file_system = {};  // null: the machine's
  Owners owners = {};                            // whose files and folders are trusted
  std::string lock_dir = {};                     // see cache/lock.h
  uint64_t max_bytes = 0;  // put() evicts when the root holds more, see evict(); 0: no limit
  Trust trust = {};        // the signatures that reads demand and that writes add
};

class Store {
 public:
  // Opens the folder `root`. It is made when missing, with its missing parents (mode 0700); nothing
  // is written to a folder that exists. Errors: kIoError: it cannot be made, is not a folder, or is
  // not trusted by its owner and mode (cache/owner.h); kInvalidArgument: the path is empty.
  static Result<std::shared_ptr<Store>> open(const std::string& root, StoreOptions options = {});

  // As open(), but a missing folder is kIoError.
  static Result<std::shared_ptr<Store>> open_existing(const std::string& root,
                                                      StoreOptions options = {});

  // Ok when put() can be expected to work; writes nothing. Errors: kIoError: the file system is
  // read-only, or this user may not write; kInvalidArgument: signatures are demanded and there is
  // no signer.
  Status check_writable() const;

  // Reads the entry of that name. It is admitted if it verifies and its key texts equal those
  // given.
  Lookup get(const EntryName& name, std::string_view what, std::string_view builder) const;

  // Reads the entry of that name. It is admitted if it verifies, with any key texts.
  Lookup get(const EntryName& name) const;

  // Reads the first entry, by name, of this *what* that verifies, of any builder: for a machine
  // that has no compiler. If none verifies, the lookup has the reason of the first refusal.
  Lookup get_any_builder(std::string_view what_digest, std::string_view what) const;

  // Publishes atomically: a reader sees the whole entry or none. Replaces an entry of that name,
  // then evicts others if the limit demands it; `evicted`, unless null, gets their number. An entry
  // without a signature gets the signer's, if there is one. Errors: kIoError, naming the call and
  // the file (the caller goes on with the bytes that it has); kInvalidArgument: the format cannot
  // hold the entry, or it has no signature and would therefore not be admitted.
  Status put(const EntryName& name, const Entry& entry, uint64_t* evicted = nullptr) const;

  // Puts the entry of that name again, with the signer's signature; false when it has that
  // signature already. Errors: as put(); kIoError when no entry of that name verifies.
  Result<bool> sign(const EntryName& name) const;

  // Records the time of this use, for the order of eviction, at most once an hour. Best effort.
  void mark_used(const EntryName& name) const;

  // Locks the making of the entry of that name, across processes: see cache/lock.h. The holder
  // reads the entry again before it compiles, because another process may have published meanwhile.
  MakerLock lock(const EntryName& name, std::chrono::milliseconds bound) const;

  // ---- maintenance ----
  // These remove only files with a name of this store, in a shard or in tmp, and follow no link.

  struct Item {
    std::string name;     // the file's stem; the shard's name when a whole shard cannot be read
    std::string kernel;   // empty when damaged
    uint64_t bytes = 0;   // size of the file
    std::string problem;  // empty when the entry verifies
  };
  // Verifies every `*.ljg` of the shards, in order of name. Errors: kIoError.
  Result<std::vector<Item>> list() const;

  struct Usage {
    uint64_t entries = 0, entry_bytes = 0;
    uint64_t temporary_files = 0,
             temporary_bytes = 0;  // of publishes under way or of dead processes
    uint64_t bytes() const { return entry_bytes + temporary_bytes; }
  };
  // Counts files without reading them, and leaves out folders that cannot be read. Errors:
  // kIoError.
  Result<Usage> usage() const;

  // Removes temporary files that are older than an hour by the file system's clock: their process
  // died. Returns their number. Errors: kIoError.
  Result<uint64_t> remove_orphans() const;

  struct EvictRequest {
    uint64_t max_bytes = 0;  // while the root holds no more than this, nothing is removed
    uint64_t to_bytes = 0;   // otherwise entries are removed until it holds no more than this
    bool dry_run = false;    // report what would be removed
  };
  struct Evicted {
    std::vector<std::string> names = {};  // of the removed entries
    uint64_t bytes = 0;                   // of the removed entries
    uint64_t bytes_left = 0;              // in the root, temporary files included
  };
  // Removes the least recently used entries, oldest first, except those that a process is making.
  // Errors: kIoError.
  Result<Evicted> evict(const EvictRequest& request) const;

  // Removes one entry. Errors: kInvalidArgument: there is none of that name, or the name is
  // malformed; kIoError.
  Status remove(std::string_view name) const;

  // Removes all entries and temporary files, also links and special files in their place, but no
  // folders. A publish that is under way fails. Returns the number of entries. Errors: kIoError,
  // after everything was removed that could be.
  Result<uint64_t> clear() const;

  const std::string& root() const { return root_; }  // absolute

 private:
  using OpenRoot = Failure (*)(FileSystem*, const std::string& path, Folder*);
  static Result<std::shared_ptr<Store>> open_by(OpenRoot open, const std::string& root,
                                                StoreOptions options);
  Store(std::string root, StoreOptions options);
  Failure open_root(OpenRoot open, Folder* out) const;
  Failure open_in(const Folder& root, const std::string& name, Folder* out) const;
  Failure make_in(const Folder& root, const std::string& name, Folder* out) const;
  Failure open_shard(const std::string& shard, Folder* out) const;
  Lookup read(const EntryName& name, Wanted wanted) const;
  Result<std::string> encoded(const EntryName& name, const Entry& entry) const;
  Lookup look_for_any_builder(std::string_view what_digest, std::string_view what) const;
  Failure publish(const EntryName& name, std::string_view bytes) const;
  uint64_t keep_within_limit(uint64_t put_bytes) const;
  bool remove_unused(const CountedFile& listed) const;

  const std::string root_;
  const StoreOptions options_;
  mutable SizeEstimate estimate_;
};

}  // namespace jitgemm::cache
