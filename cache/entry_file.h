// One entry as a file: reads and verifies it, or publishes it atomically.
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

// Turns a failure into a lookup: kAbsent, kUntrusted, kIrregular or kUnreadable.
Lookup missed(const Failure& failure);

struct FilePlace {
  const Folder& folder;
  const std::string file;
};

// Writes `temporary`, makes it durable and renames it to `place`, over what is there: a reader sees
// the whole file or none, at whatever moment the writer dies. Removes the temporary file on
// failure.
Failure publish(const FilePlace& temporary, const FilePlace& place, std::string_view bytes);

// "a FIFO", "a symbolic link", ...; empty for a regular file.
std::string kind_of_irregular(mode_t mode);

}  // namespace jitgemm::cache
