// Runs a part of a test in a child process.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace jitgemm::cache {

// Forks; the child exits with the result of `body`, and a signal ends it if it hangs. The
// calling process must have one thread.
inline pid_t start_child(const std::function<int()>& body) {
  constexpr unsigned kMostSeconds = 240;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kMostSeconds);
    ::_exit(body());
  }
  return child;
}

// Returns the exit status; minus the signal when a signal ended the child.
inline int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline int run_in_child(const std::function<int()>& body) { return wait_for(start_child(body)); }

}  // namespace jitgemm::cache
