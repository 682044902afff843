// Temporary files: an entry on its way, in `<root>/tmp`, and what becomes of those whose process
// died.
//
// A file's name tells by which lock file, and by which byte of it, its writer holds it: who can
// lock that byte knows that the writer is dead. No process id and no clock is asked, so containers
// and hosts that share a root do not take each other's files for orphans.
#pragma once

#include <cstdint>
#include <string>

#include <jitgemm/status.h>
#include "cache/file.h"
#include "cache/locked_byte.h"
#include "cache/name.h"

namespace jitgemm::cache {

// The right to a temporary file, from before it is made until it is renamed.
struct TemporaryName {
  std::string unique = {};  // "<guard>-<16 random hexadecimal digits>"
  LockedByte byte = {};     // of no file where nothing locks
};
TemporaryName guard_temporary(const Folder& root, const std::string& lock_dir);

// Removes those whose writer is dead; of what another host or container writes, those older than an
// hour by the file system's own clock. Returns how many.
Failure remove_orphans(const Folder& root, const std::string& lock_dir, uint64_t* removed);

}  // namespace jitgemm::cache
