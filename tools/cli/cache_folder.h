// What can be said of the cache folder without opening a Library, which would make it.
#pragma once

#include <cstdint>
#include <string>

#include <jitgemm/status.h>
#include "tools/cli/folder_trial.h"

namespace jitgemm::cli {

struct CacheFolder {
  bool exists = false;
  bool writable = false;  // a publish can work; of a folder that does not exist: it can be made
  std::string owner;      // the user's name, else the number; empty when it does not exist
  std::string mode;       // "0700"; empty when it does not exist
  uint64_t entries = 0;
  uint64_t bytes = 0;
  FolderTrial trial = {};  // of a folder that exists; written to when it is writable
};

// Errors: kInvalidArgument when `path` is empty or no folder; kIoError when it cannot be read.
Result<CacheFolder> look_at_cache_folder(const std::string& path);

}  // namespace jitgemm::cli
