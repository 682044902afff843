// MakerLock: the right to make one entry, over processes, so that of many that miss one compiles.
//
// It saves work and guards nothing: who cannot have it goes on without. All entries of a root share
// one file, `<root>/lock`, that is never removed (two could hold a lock whose file was unlinked,
// and a file per entry could never be tidied away). An entry is one byte of it, at an offset that
// its name gives. The kernel drops the lock when its holder lets go of the file or dies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cache/file.h"
#include "cache/name.h"

namespace jitgemm::cache {

struct MakerLock {
  enum class State {
    kHeld,
    kTimedOut,     // another held it for the whole time
    kUnavailable,  // this root, its file system or this process has no locks
  };
  State state = State::kUnavailable;
  bool waited = false;                           // another held it at first
  std::string reason = {};                       // one line, when unavailable
  std::shared_ptr<FileSystem> file_system = {};  // of `file`: a lock may outlive its Store
  File file = {};                                // closing it lets go
};

// Waits while another holds it, at most `bound` by the steady clock.
MakerLock lock_for_making(const Folder& root, const EntryName& name,
                          std::chrono::milliseconds bound);

// Where in the lock file, of a valid name: two names that share an offset wait for each other, no
// more.
uint64_t lock_offset(const EntryName& name);

}  // namespace jitgemm::cache
