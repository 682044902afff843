#include "src/base/home_process.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <mutex>

namespace jitgemm {
namespace {

void count_fork() { fork_generation.fetch_add(1, std::memory_order_relaxed); }

// A fork handler costs time at fork() only. Comparing process ids would cost a system call per
// launch.
unsigned watched_generation() {
  static std::once_flag watching;
  std::call_once(watching, [] { pthread_atfork(nullptr, nullptr, count_fork); });
  return fork_generation.load(std::memory_order_relaxed);
}

}  // namespace

std::atomic<unsigned> fork_generation = 0;

HomeProcess::HomeProcess() : pid_(::getpid()), generation_(watched_generation()) {}

Status HomeProcess::refusal() const {
  return {
      StatusCode::kInvalidArgument,
      fmt::format("this library was opened by process {}, and this is its child {}: the CUDA state "
                  "of a process does not survive fork(); open a library after the fork, or exec "
                  "another program",
                  pid_, ::getpid())};
}

}  // namespace jitgemm
