// Decides whose folders and files a store trusts. An entry is code that will run, so a file that
// another user could have written is refused, unless that user is named.
//
// The check is made on the open descriptor, so the file cannot be replaced between check and use,
// and the folders above the root do not matter.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "cache/file.h"

namespace jitgemm::cache {

struct Owners {
  std::vector<uid_t> named = {};  // trusted in addition to the process's user and root
  bool anyone = false;            // for inspection, which runs no entry
};

// Fails, with Failure::distrust, when the owner is not trusted or when others may write.
Failure check_owner(const struct stat& status, const std::string& path, uid_t user,
                    const Owners& owners);
Failure check_owner(const Folder& folder, const Owners& owners);

}  // namespace jitgemm::cache
