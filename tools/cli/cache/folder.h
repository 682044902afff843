// What `jitgemm doctor` finds out about the cache folder, without Library::open(), which would
// create it.
#pragma once

#include <string>

#include <jitgemm/status.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {

struct CacheFolder {
  Json found;      // the path, whether kernels can be published there, the owner, the trial, ...
  Status problem;  // why no kernel can be published; ok if one can
};

CacheFolder look_at_cache_folder(const std::string& path);

// Tries in a folder what a cache needs of its file system, with a file that it removes. The members
// "write", "fsync", "rename" and "locks" are "works", a reason, or null if it was not tried.
Json try_folder(const std::string& path, bool try_writing);

// Whether a trial shows that a cache works. Locks are not needed: without them, processes that
// start together compile the same kernels.
bool can_publish(const Json& trial);

}  // namespace jitgemm::cli
