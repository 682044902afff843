// One entry as a file: reads and verifies it.
#pragma once

#include <string>

#include "cache/entry.h"
#include "cache/file.h"
#include "cache/owner.h"

namespace jitgemm::cache {

// Never blocks and never follows a link. `reason` begins with the file's path.
Lookup read_entry(const Folder& folder, const std::string& file, const Wanted& wanted,
                  const Owners& owners);

// Turns a failure into a lookup: kAbsent, kUntrusted, kIrregular or kUnreadable.
Lookup missed(const Failure& failure);

// "a FIFO", "a symbolic link", ...; empty for a regular file.
std::string kind_of_irregular(mode_t mode);

}  // namespace jitgemm::cache
