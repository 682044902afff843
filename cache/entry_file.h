// One entry as a file: read and verified, or published atomically.
#pragma once

#include <string>

#include <jitgemm/status.h>
#include "cache/entry.h"
#include "cache/file.h"
#include "cache/name.h"
#include "cache/owner.h"

namespace jitgemm::cache {

// Never blocks and never follows a link. `reason` begins with the file's path.
Lookup read_entry(const Folder& folder, const std::string& file, const Wanted& wanted,
                  const Owners& owners);

// What a lookup gives when that failed: kAbsent, kUntrusted, kIrregular or kUnreadable.
Lookup missed(const Failure& failure);

// Writes a temporary file, makes it durable and renames it to its place, over what stands there: a
// reader sees all of it or nothing, whenever the writer dies. A failure leaves no temporary file
// behind.
struct FilePlace {
  const Folder& folder;
  const std::string file;
};
Failure publish(const FilePlace& temporary, const FilePlace& place, std::string_view bytes);

// "a FIFO", "a symbolic link", ...; empty for a regular file.
std::string kind_of_irregular(mode_t mode);

}  // namespace jitgemm::cache
