#include "tests/runtime/allocations.h"

#include <cstdlib>
#include <new>

namespace {

thread_local int64_t total_bytes = 0;

void* counted(size_t bytes, std::align_val_t alignment) noexcept {
  total_bytes += static_cast<int64_t>(bytes);
  const size_t unit = static_cast<size_t>(alignment);
  return std::aligned_alloc(unit, (bytes / unit + 1) * unit);
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

constexpr std::align_val_t kDefault{__STDCPP_DEFAULT_NEW_ALIGNMENT__};

}  // namespace

int64_t jitgemm::allocated_bytes() { return total_bytes; }

// All forms: a sanitizer brings its own of each that is not here, and compares new with delete.
void* operator new(size_t bytes) { return or_throw(counted(bytes, kDefault)); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return or_throw(counted(bytes, alignment));
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return counted(bytes, kDefault);
}
void* operator new(size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return counted(bytes, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}
