// MakerLock: the right to make one entry, across processes, so that of many processes that miss the
// entry one compiles it.
//
// The lock saves work; safety does not depend on it, and a process that cannot get it goes on
// without. An entry locks one byte of a file, at an offset that follows from its name. The kernel
// drops the lock when its holder dies.
//
// The entries of a root share the file `<root>/lock`. On a network file system it is a file of this
// host and user, because locks there may be missing, slow, or visible to some hosts only. The file
// is never removed: a lock on an unlinked file would exclude no other process.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "cache/file.h"
#include "cache/name.h"

namespace jitgemm::cache {

// One byte of an open file that this process has locked. Empty when default constructed.
//
// Thread rule: used by one thread. The FileSystem of the file must outlive it.
class LockedByte {
 public:
  LockedByte() = default;
  // `file` holds the lock already.
  LockedByte(File file, uint64_t offset) : file_(std::move(file)), offset_(offset) {}
  LockedByte(LockedByte&& other) noexcept = default;
  LockedByte& operator=(LockedByte&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(offset_, other.offset_);
    return *this;
  }
  // Unlocks before it closes: children that were forked meanwhile share the open file.
  ~LockedByte() {
    if (file_.fd() >= 0) file_.unlock(offset_);
  }

 private:
  File file_ = {};
  uint64_t offset_ = 0;
};

struct MakerLock {
  enum class State {
    kHeld,
    kTimedOut,     // another process held it for the whole bound
    kUnavailable,  // no lock file of this root can be locked
  };
  State state = State::kUnavailable;
  bool waited = false;                           // another process held it at first
  std::string reason = {};                       // one line, when kUnavailable
  std::shared_ptr<FileSystem> file_system = {};  // of `byte`: a lock may outlive its Store
  LockedByte byte = {};                          // when kHeld
};

// Waits while another process holds the lock, at most `bound` by the steady clock. `lock_dir` is
// the folder of the host's lock file, made when missing, and must be private to this user. Empty:
// `jitgemm-<uid>` in /run/user/<uid>, or in /tmp if that is missing.
MakerLock lock_for_making(const Folder& root, const std::string& lock_dir, const EntryName& name,
                          std::chrono::milliseconds bound);

}  // namespace jitgemm::cache
