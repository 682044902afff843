// What stood in an entry's place and was none, kept in `<root>/damaged` for somebody to look at.
#pragma once

#include <cstdint>
#include <string>

#include "cache/file.h"
#include "cache/name.h"

namespace jitgemm::cache {

// How much is kept; then the oldest goes.
constexpr uint64_t kMaxAsideFiles = 16;
constexpr uint64_t kMaxAsideBytes = 16 << 20;

// Moves the regular file in the entry's place. EFBIG when it alone is above the cap: then it stays.
Failure set_aside(const Folder& root, const Folder& shard, const EntryName& name);

}  // namespace jitgemm::cache
