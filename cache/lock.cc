#include "cache/lock.h"

#include <algorithm>
#include <cerrno>
#include <thread>

namespace jitgemm::cache {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr char kLockFile[] = "lock";

// There is no wait with a bound in the kernel's interface that is safe in a library (it takes a
// signal). The longest pause is what a waiter loses when the holder dies.
constexpr milliseconds kFirstPause{1}, kLongestPause{16};

MakerLock unavailable(const Failure& failure) { return {.reason = failure.text()}; }

}  // namespace

uint64_t lock_offset(const EntryName& name) {
  const uint64_t what = std::stoull(name.what_digest.substr(0, 16), nullptr, 16);
  const uint64_t builder = std::stoull(name.builder_digest, nullptr, 16);
  return (what ^ builder) & INT64_MAX;  // the kernel's offsets are signed
}

MakerLock lock_for_making(const Folder& root, const EntryName& name, milliseconds bound) {
  MakerLock lock;
  if (Failure failure = root.open_lock_file(kLockFile, &lock.file)) return unavailable(failure);
  const uint64_t offset = lock_offset(name);
  const Clock::time_point end = Clock::now() + bound;
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const Failure failure = lock.file.try_lock(offset);
    if (failure && failure.error != EAGAIN) return unavailable(failure);
    lock.waited |= failure.error == EAGAIN;
    lock.state = failure ? MakerLock::State::kTimedOut : MakerLock::State::kHeld;
    if (!failure || Clock::now() >= end) return lock;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace jitgemm::cache
