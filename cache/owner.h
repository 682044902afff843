// Whose folders and files a store believes. An entry is code that will run: what another user could
// have written is none of ours, unless that user is named.
//
// Looked at is what was opened, so nobody can change it between the look and the use, and what
// stands above the root does not matter.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "cache/file.h"

namespace jitgemm::cache {

struct Owners {
  std::vector<uid_t> named = {};  // trusted beside the process's own user and root
  bool anyone = false;            // for those who look without running anything
};

// Fails, with Failure::distrust, when the owner is not trusted or others than the owner may write.
Failure check_owner(const struct stat& status, const std::string& path, uid_t user,
                    const Owners& owners);
Failure check_owner(const Folder& folder, const Owners& owners);

}  // namespace jitgemm::cache
