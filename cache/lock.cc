#include "cache/lock.h"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "cache/lock_file.h"

namespace jitgemm::cache {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The kernel's only bounded wait for a lock needs a signal, which a library must not use, so this
// polls. The longest pause is what a waiter loses when the holder dies.
constexpr milliseconds kFirstPause{1}, kLongestPause{16};

// Fails when the file cannot be locked; otherwise sets `lock->state` to kHeld or kTimedOut.
Failure wait_for(File file, uint64_t offset, milliseconds bound, MakerLock* lock) {
  const Clock::time_point end = Clock::now() + bound;
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const Failure failure = file.try_lock(offset);
    if (failure && failure.error != EAGAIN) return failure;
    lock->waited |= failure.error == EAGAIN;
    lock->state = failure ? MakerLock::State::kTimedOut : MakerLock::State::kHeld;
    if (!failure) lock->byte = LockedByte(std::move(file), offset);
    if (!failure || Clock::now() >= end) return {};
    std::this_thread::sleep_for(pause);
  }
}

// Two names that share an offset wait for each other, which costs time only.
uint64_t lock_offset(const EntryName& name) {
  const uint64_t what = std::stoull(name.what_digest.substr(0, 16), nullptr, 16);
  const uint64_t builder = std::stoull(name.builder_digest, nullptr, 16);
  return (what ^ builder) & INT64_MAX;  // the kernel's offsets are signed
}

}  // namespace

MakerLock lock_for_making(const Folder& root, const std::string& lock_dir, const EntryName& name,
                          milliseconds bound) {
  std::string reason;
  for (const LockPlace place : kLockPlaces) {
    MakerLock lock;
    const Failure failure = again_if_stale([&] {
      File file;
      Failure opened = open_lock_file(root, lock_dir, place, &file);
      return opened ? opened : wait_for(std::move(file), lock_offset(name), bound, &lock);
    });
    if (!failure) return lock;
    reason += (reason.empty() ? "" : "; ") + failure.text();
  }
  return {.reason = std::move(reason)};
}

}  // namespace jitgemm::cache
