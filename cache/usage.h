// Usage: what this process believes its root to hold, so that a put need not look.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace jitgemm::cache {

// Thread rule: all methods from any number of threads.
class Usage {
 public:
  // Counts a put, and tells whether this caller has to look what the root really holds: at first,
  // above the limit, and by chance, once in a 32nd of the limit on average, for the sake of what
  // other processes put. `random` is any 64 bits.
  bool must_look(uint64_t put_bytes, uint64_t max_bytes, uint64_t random) {
    std::lock_guard lock(mutex_);
    if (bytes_) *bytes_ += put_bytes;
    const bool is_time =
        !bytes_ || *bytes_ > max_bytes || random % max_bytes < kLooksPerLimit * put_bytes;
    if (!is_time || somebody_looks_) return false;
    return somebody_looks_ = true;
  }

  // Who must look says what was found; nothing when it could not.
  void found(std::optional<uint64_t> bytes) {
    std::lock_guard lock(mutex_);
    bytes_ = bytes;
    somebody_looks_ = false;
  }

 private:
  static constexpr uint64_t kLooksPerLimit = 32;
  std::mutex mutex_;
  std::optional<uint64_t> bytes_;
  bool somebody_looks_ = false;
};

}  // namespace jitgemm::cache
