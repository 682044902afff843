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
#include <memory>
#include <string>

#include "cache/file.h"
#include "cache/name.h"

namespace jitgemm::cache {

struct MakerLock {
  enum class State {
    kHeld,
    kTimedOut,     // another process held it for the whole bound
    kUnavailable,  // no lock file of this root can be locked
  };
  State state = State::kUnavailable;
  bool waited = false;                           // another process held it at first
  std::string reason = {};                       // one line, when kUnavailable
  std::shared_ptr<FileSystem> file_system = {};  // of `file`: a lock may outlive its Store
  File file = {};                                // which holds the lock, when kHeld
};

// Waits while another process holds the lock, at most `bound` by the steady clock. `lock_dir` is
// the folder of the host's lock file, made when missing, and must be private to this user. Empty:
// `jitgemm-<uid>` in /run/user/<uid>, or in /tmp if that is missing.
MakerLock lock_for_making(const Folder& root, const std::string& lock_dir, const EntryName& name,
                          std::chrono::milliseconds bound);

}  // namespace jitgemm::cache
