// One byte of an open file that this process has locked. The kernel lets go of it when the process
// dies.
//
// Thread rule: used by one thread. The FileSystem of the file must outlive it.
#pragma once

#include <cstdint>
#include <utility>

#include "cache/file.h"

namespace jitgemm::cache {

class LockedByte {
 public:
  LockedByte() = default;  // of no file: locks nothing
  // `file` holds the lock already.
  LockedByte(File file, uint64_t offset) : file_(std::move(file)), offset_(offset) {}
  LockedByte(LockedByte&& other) noexcept = default;
  LockedByte& operator=(LockedByte&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(offset_, other.offset_);
    return *this;
  }
  // Closing alone would leave it to the children that were forked meanwhile.
  ~LockedByte() {
    if (file_.fd() >= 0) file_.unlock(offset_);
  }

 private:
  File file_ = {};
  uint64_t offset_ = 0;
};

}  // namespace jitgemm::cache
