// What a piece of code asks of the C library: memory, locks, files. This test program interposes
// the functions of watch.cc, for itself and for every library that it opens.
#pragma once

namespace jitgemm {

struct Touched {
  int allocations = 0;  // malloc and its kin, free too
  int locks = 0;        // of mutexes, and whatever may wait in the kernel
  int files = 0;        // opened, read or written
};

// Of the calling thread, since it began.
const Touched& touched_so_far();

// Of the calling thread, while body() runs.
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
