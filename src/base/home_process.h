// The process that made something, told from a child that it forked. The child has the memory, but
// not the threads; locks that others held stay locked in it, and the driver refuses it.
#pragma once

#include <sys/types.h>

#include <atomic>

#include <jitgemm/status.h>

namespace jitgemm {

// How many forks lie between this process and the first that made a HomeProcess.
extern std::atomic<unsigned> fork_generation;

// Thread rule: immutable.
class HomeProcess {
 public:
  HomeProcess();  // the calling one

  bool is_here() const { return generation_ == fork_generation.load(std::memory_order_relaxed); }

  // kInvalidArgument, for a call that is_here() refuses.
  Status refusal() const;

 private:
  const pid_t pid_;
  const unsigned generation_;
};

}  // namespace jitgemm
