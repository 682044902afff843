// Counts what a piece of code asks of the C library: memory, locks, files. The functions of
// watch.cc interpose those of the C library, for this test program and for every library that it
// opens.
#pragma once

namespace jitgemm {

struct Touched {
  int allocations = 0;  // malloc, its variants, and free
  int locks = 0;        // mutexes, and system calls that may wait
  int files = 0;        // opened, read or written
};

// The counts of the calling thread, since it began.
const Touched& touched_so_far();

// The counts of the calling thread, while body() runs.
template <typename Body>
Touched touched_by(Body body) {
  const Touched before = touched_so_far();
  body();
  const Touched after = touched_so_far();
  return {.allocations = after.allocations - before.allocations,
          .locks = after.locks - before.locks,
          .files = after.files - before.files};
}

}  // namespace jitgemm
