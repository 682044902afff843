// Store: the on-disk cache of compiled kernels. Bytes in, bytes out; knows nothing of CUDA.
//
// One folder, one file per entry, `<name>.ljg` in one of 256 shards. An entry carries the whole
// text of its key, and the reader compares it: the name finds the file, equality admits it. Any
// doubt is a miss, never an error, and never a wrong kernel. The format stands in cache/FORMAT.md.
//
// Thread rule: all methods of Store may be called from any number of threads and processes at once.
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
#include "cache/usage.h"

namespace jitgemm::cache {

class FileSystem;  // cache/file_system.h: the seam through which every system call goes

struct StoreOptions {
  std::shared_ptr<FileSystem> file_system = {};  // null: the machine's
  Owners owners = {};                            // of what is read, and of where is written
  std::string lock_dir = {};                     // see cache/lock_file.h
  uint64_t max_bytes = 0;  // put() evicts above that, see evict(); 0: no limit
  Trust trust = {};  // signatures: what is demanded of what is read, and put on what is written
};

class Store {
 public:
  // `root` is made when missing, with what is missing above it (mode 0700). Nothing is written to a
  // root that is there. Errors: kIoError when it cannot be made, is no folder, or is not trusted by
  // its owner and mode (cache/owner.h); kInvalidArgument when empty.
  static Result<std::shared_ptr<Store>> open(const std::string& root, StoreOptions options = {});

  // The same of a folder that is there, and that is only to be read. Errors: kIoError when it is
  // not.
  static Result<std::shared_ptr<Store>> open_existing(const std::string& root,
                                                      StoreOptions options = {});

  // Whether put() has a chance; asks, and writes nothing. Errors: kIoError: the file system is
  // read-only, or this user may not; kInvalidArgument: signatures are demanded and there is no
  // signer.
  Status check_writable() const;

  // The entry of that name, if it verifies and its key texts equal those given.
  Lookup get(const EntryName& name, std::string_view what, std::string_view builder) const;

  // The entry of that name, if it verifies, whatever its key.
  Lookup get(const EntryName& name) const;

  // The entry of the same *what* by any builder, the first by name that verifies: what serves a
  // machine that has no compiler.
  Lookup get_any_builder(std::string_view what_digest, std::string_view what) const;

  // Publishes atomically: a reader sees all of it or nothing. Replaces an entry of that name, then
  // evicts others if there is a limit that calls for it: `evicted`, unless null, gets how many. An
  // entry without a signature gets the signer's, if there is one.
  // Errors: kIoError, naming the call and the file (the caller goes on with the bytes that it has);
  // kInvalidArgument: what the format cannot hold, or what would not be admitted for want of a
  // signature.
  Status put(const EntryName& name, const Entry& entry, uint64_t* evicted = nullptr) const;

  // Puts the entry of that name again with the signer's signature; false when it has that one
  // already. Errors: as put(); kIoError when there is no sound entry.
  Result<bool> sign(const EntryName& name) const;

  // Notes that the entry was used, for the order of eviction, unless that was noted in the last
  // hour. What fails is not missed.
  void mark_used(const EntryName& name) const;

  // Moves the file that stands in that entry's place and is none to `<root>/damaged`, for somebody
  // to look at: bounded in number and bytes, see cache/aside.h. Errors: kIoError.
  Status set_aside(const EntryName& name) const;

  // The right to make the entry of that name, over processes: see cache/lock.h. A maker that has it
  // looks again before it makes, since another may have published meanwhile.
  MakerLock lock(const EntryName& name, std::chrono::milliseconds bound) const;

  // ---- maintenance ----
  // Only what stands in a shard under a name of this store is ever removed, and no link is
  // followed.

  struct Item {
    std::string name;    // the file's stem; a shard's name when the whole shard cannot be read
    std::string kernel;  // empty when damaged
    uint64_t bytes = 0;  // size of the file
    std::string
        problem;  // empty when sound; whatever stands in an entry's place and is none has one
  };
  Result<std::vector<Item>> list() const;  // every entry, verified, in order of name

  // Removes the temporary files of processes that are dead. Returns how many. Errors: kIoError.
  Result<uint64_t> remove_orphans() const;

  struct EvictRequest {
    uint64_t max_bytes = 0;  // nothing is removed while the root holds no more than that
    uint64_t to_bytes = 0;   // else entries are, until it holds no more than this
    bool dry_run = false;    // say what would be removed
  };
  struct Evicted {
    std::vector<std::string> names = {};  // of entries and of what was set aside
    uint64_t bytes = 0;                   // of these
    uint64_t bytes_left = 0;              // in the root, temporary files included
  };
  // Removes what was least recently used, one shard at a time, and no entry that somebody is
  // making. Errors: kIoError.
  Result<Evicted> evict(const EvictRequest& request) const;

  // Files of publishes that are under way, or whose process died. Errors: kIoError.
  Result<uint64_t> temporary_files() const;

  // Files that set_aside() has moved away. Errors: kIoError.
  Result<uint64_t> files_set_aside() const;

  // Errors: kInvalidArgument when there is none of that name, or the name is none; kIoError.
  Status remove(std::string_view name) const;

  // Removes entries, what else stands in an entry's place but for folders, temporary files and what
  // was set aside; a publish that is under way fails. Returns how many entries. Errors: kIoError,
  // after all was removed that could be.
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

  const std::string root_;
  const StoreOptions options_;
  mutable Usage usage_;
};

}  // namespace jitgemm::cache
