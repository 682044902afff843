// Memory that has been freed, and is the process's all the same.
#pragma once

#include <cstdlib>  // says whether this is glibc

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace jitgemm {

// Gives it back to the system, in some milliseconds: NVRTC on 16 threads leaves about 100 MB in the
// arenas of glibc's heap. Elsewhere it does nothing.
inline void give_back_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace jitgemm
