// Chooses the file that holds the locks of a root: `<root>/lock` on a local file system; otherwise
// a file of this host and user, because locks of network file systems may be missing, slow, or
// visible to some hosts only.
//
// The file is never removed: a lock on an unlinked file would exclude nobody.
#pragma once

#include <array>
#include <string>

#include "cache/file.h"

namespace jitgemm::cache {

enum class LockPlace { kRoot, kHost };
inline constexpr std::array kLockPlaces = {LockPlace::kRoot, LockPlace::kHost};  // best first

// `lock_dir` is the folder of LockPlace::kHost; empty: `jitgemm-<uid>` in /run/user/<uid>, or in
// /tmp if that is missing. The folder is made when missing, and must be private to this user.
Failure open_lock_file(const Folder& root, const std::string& lock_dir, LockPlace place, File* out);

}  // namespace jitgemm::cache
