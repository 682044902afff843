// Where the locks of a root are: in its own file, `<root>/lock`, where its file system is one of
// this host; else in a file of this host and user, since locks of network file systems may be
// missing, slow, or seen by some hosts alone.
//
// The file is never removed: two could hold a lock whose file was unlinked.
#pragma once

#include <array>
#include <string>

#include "cache/file.h"

namespace jitgemm::cache {

enum class LockPlace { kRoot, kHost };
inline constexpr std::array kLockPlaces = {LockPlace::kRoot, LockPlace::kHost};  // best first

struct LockFile {
  File file = {};
  std::string guard = {};  // 16 hexadecimal digits that are this file's among all hosts
};

constexpr char kGuardOfRoot[] = "0000000000000000";
constexpr char kNoGuard[] = "ffffffffffffffff";  // of what was made where nothing locks

// `lock_dir` is the folder of LockPlace::kHost; empty: `jitgemm-<uid>` in /run/user/<uid>, else in
// /tmp. It is made when missing, and must be this user's alone.
Failure open_lock_file(const Folder& root, const std::string& lock_dir, LockPlace place,
                       LockFile* out);

}  // namespace jitgemm::cache
