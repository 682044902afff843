// SizeEstimate: what this process believes its root to hold, so that most puts need not measure.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace jitgemm::cache {

// Thread rule: all methods may be called from any number of threads at once.
class SizeEstimate {
 public:
  // Adds a put, and returns whether this caller has to measure the root: on the first put, when the
  // estimate exceeds the limit, and at random, 32 times per max_bytes on average, because other
  // processes put as well. `random` is any 64 bits.
  bool must_measure(uint64_t put_bytes, uint64_t max_bytes, uint64_t random) {
    std::lock_guard lock(mutex_);
    if (bytes_) *bytes_ += put_bytes;
    const bool is_due =
        !bytes_ || *bytes_ > max_bytes || random % max_bytes < kMeasurementsPerLimit * put_bytes;
    if (!is_due || is_measuring_) return false;
    return is_measuring_ = true;
  }

  // Ends a measurement; nullopt when it failed.
  void measured(std::optional<uint64_t> bytes) {
    std::lock_guard lock(mutex_);
    bytes_ = bytes;
    is_measuring_ = false;
  }

 private:
  static constexpr uint64_t kMeasurementsPerLimit = 32;
  std::mutex mutex_;
  std::optional<uint64_t> bytes_;
  bool is_measuring_ = false;
};

}  // namespace jitgemm::cache
