// One entry as a file: read and verified, or published atomically.
#pragma once

#include <string>

#include <jitgemm/status.h>
#include "cache/entry.h"
#include "cache/file.h"
#include "cache/name.h"

namespace jitgemm::cache {

// Never blocks and never follows a link. `reason` begins with the file's path.
Lookup read_entry(const Folder& folder, const std::string& file, const Wanted& wanted);

// What a lookup gives when a system call failed: kAbsent, kIrregular or kUnreadable.
Lookup missed(const Failure& failure);

// Writes a temporary file in the same folder, makes it durable and renames it over `name`'s file: a
// reader sees all of it or nothing, whenever the writer dies. A failure leaves no temporary file
// behind. Errors: kIoError, naming the call and the file.
Status publish(const Folder& folder, const EntryName& name, std::string_view bytes);

// "a FIFO", "a symbolic link", ...; empty for a regular file.
std::string kind_of_irregular(mode_t mode);

}  // namespace jitgemm::cache
