// The state of the cache folder, found out without Library::open(), which would create the folder.
#pragma once

#include <cstdint>
#include <string>

#include <jitgemm/status.h>
#include "tools/cli/cache/folder_trial.h"

namespace jitgemm::cli {

struct CacheFolder {
  bool exists = false;
  bool writable = false;  // entries can be published; of a missing folder: it can be created
  std::string owner;      // user name, or number; empty when the folder does not exist
  std::string mode;       // "0700"; empty when the folder does not exist
  uint64_t entries = 0;
  uint64_t bytes = 0;
  FolderTrial trial = {};  // of an existing folder
};

// Errors: kInvalidArgument when `path` is empty or not a folder; kIoError when it cannot be read.
Result<CacheFolder> look_at_cache_folder(const std::string& path);

}  // namespace jitgemm::cli
