// Tries in a folder what a cache needs of its file system: write, fsync, rename, locks. Creates a
// file there and removes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jitgemm::cli {

struct FolderTrial {
  std::string file_system;  // "ext4", "nfs", ...; a magic number when unknown
  uint64_t free_bytes = 0;  // available to this user
  uint64_t free_files = 0;  // 0 also if the file system does not count them

  // Each holds the reason why it does not work, or an empty text; unset: not tried.
  std::optional<std::string> write, fsync, rename, locks;
  double fsync_ms = 0;  // of 4 KiB

  // A publish needs no locks; without them, processes that start together compile the same kernels.
  bool can_publish() const { return write == "" && fsync == "" && rename == ""; }
};

// Tries the operations only if `try_writing`. Errors are part of the result.
FolderTrial try_folder(const std::string& path, bool try_writing);

}  // namespace jitgemm::cli
