#include "tests/launch/watch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

thread_local jitgemm::Touched touched;

// The C library's own function, which is hidden by the function of the same name in this file.
template <typename Function>
Function* hidden_by(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

const jitgemm::Touched& jitgemm::touched_so_far() { return touched; }

#define HIDDEN(name) hidden_by(&::name, #name)

extern "C" {

// dlsym allocates, so the allocator is called by the second names that glibc has for it.
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* memory);

#pragma GCC visibility push(default)

#define WATCH_MEMORY(declaration, call) \
  void* declaration {                   \
    ++touched.allocations;              \
    return call;                        \
  }
WATCH_MEMORY(malloc(size_t bytes), __libc_malloc(bytes))
WATCH_MEMORY(calloc(size_t count, size_t bytes), __libc_calloc(count, bytes))
WATCH_MEMORY(realloc(void* memory, size_t bytes), __libc_realloc(memory, bytes))
WATCH_MEMORY(aligned_alloc(size_t alignment, size_t bytes), __libc_memalign(alignment, bytes))
void free(void* memory) {
  if (memory != nullptr) ++touched.allocations;
  __libc_free(memory);
}

#define WATCH_LOCK(name, Lock)                \
  int name(Lock* lock) {                      \
    static auto* const hidden = HIDDEN(name); \
    ++touched.locks;                          \
    return hidden(lock);                      \
  }
WATCH_LOCK(pthread_mutex_lock, pthread_mutex_t)
WATCH_LOCK(pthread_mutex_trylock, pthread_mutex_t)
WATCH_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
WATCH_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
WATCH_LOCK(pthread_spin_lock, pthread_spinlock_t)

// Waiting on an atomic calls this.
long syscall(long number, ...) {
  static auto* const hidden = HIDDEN(syscall);
  ++touched.locks;
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  return hidden(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int open(const char* path, int flags, ...) {
  static auto* const hidden = HIDDEN(open);
  ++touched.files;
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  return hidden(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  static auto* const hidden = HIDDEN(openat);
  ++touched.files;
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  return hidden(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  static auto* const hidden = HIDDEN(fopen);
  ++touched.files;
  return hidden(path, mode);
}
ssize_t read(int file, void* to, size_t bytes) {
  static auto* const hidden = HIDDEN(read);
  ++touched.files;
  return hidden(file, to, bytes);
}
ssize_t write(int file, const void* from, size_t bytes) {
  static auto* const hidden = HIDDEN(write);
  ++touched.files;
  return hidden(file, from, bytes);
}

#pragma GCC visibility pop

}  // extern "C"
