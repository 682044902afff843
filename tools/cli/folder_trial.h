// What a folder's file system does, found out by doing it: what a cache needs of the folder that it
// writes. A file of its own is made there and removed again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jitgemm::cli {

struct FolderTrial {
  std::string file_system;  // "ext4", "nfs", ...; a magic number when unknown
  uint64_t free_bytes = 0;  // for this user
  uint64_t free_files = 0;  // 0 also where the file system does not count them

  // Each: why it does not work, empty when it does; unset where it was not tried.
  std::optional<std::string> write, fsync, rename, locks;
  double fsync_ms = 0;  // of 4 KiB

  // What a publish needs. Without locks, processes that start together compile the same kernels.
  bool can_publish() const { return write == "" && fsync == "" && rename == ""; }
};

// The first two alone unless `try_writing`. An error is part of what was found out.
FolderTrial try_folder(const std::string& path, bool try_writing);

}  // namespace jitgemm::cli
