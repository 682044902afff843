// Tells the process that created an object from a child that it forked. The child has a copy of the
// memory but only one thread: locks that other threads held stay locked, and the driver refuses its
// calls.
#pragma once

#include <sys/types.h>

#include <atomic>

#include <jitgemm/status.h>

namespace jitgemm {

// The number of forks between this process and the first process that created a HomeProcess.
extern std::atomic<unsigned> fork_generation;

// Thread rule: immutable.
class HomeProcess {
 public:
  HomeProcess();  // the calling process

  bool is_here() const { return generation_ == fork_generation.load(std::memory_order_relaxed); }

  // The error of a call that is_here() refuses: kInvalidArgument.
  Status refusal() const;

 private:
  const pid_t pid_;
  const unsigned generation_;
};

}  // namespace jitgemm
