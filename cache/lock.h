// MakerLock: the right to make one entry, over processes, so that of many that miss one compiles.
//
// It saves work and guards nothing: who cannot have it goes on without. All entries of a root share
// one file (see lock_file.h), since a file per entry could never be tidied away. An entry is one
// byte of it, at an offset that its name gives. The kernel drops the lock when its holder dies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cache/file.h"
#include "cache/locked_byte.h"
#include "cache/name.h"

namespace jitgemm::cache {

struct MakerLock {
  enum class State {
    kHeld,
    kTimedOut,     // another held it for the whole time
    kUnavailable,  // neither this root nor this host has locks for this process
  };
  State state = State::kUnavailable;
  bool waited = false;                           // another held it at first
  std::string reason = {};                       // one line, when unavailable
  std::shared_ptr<FileSystem> file_system = {};  // of `byte`: a lock may outlive its Store
  LockedByte byte = {};                          // while it is held
};

// Waits while another holds it, at most `bound` by the steady clock. `lock_dir` as of
// open_lock_file().
MakerLock lock_for_making(const Folder& root, const std::string& lock_dir, const EntryName& name,
                          std::chrono::milliseconds bound);

// Where in the lock file, of a valid name: two names that share an offset wait for each other, no
// more.
uint64_t lock_offset(const EntryName& name);

}  // namespace jitgemm::cache
