// Worker: one thread that does jobs in the order in which they come.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <jitgemm/status.h>

namespace jitgemm {

// Thread rule: start() and post() from any number of threads. The destructor waits for the job at
// hand and drops those that wait, and so does the process's exit.
class Worker {
 public:
  using Job = std::function<void()>;  // must not throw

  // Starts the thread, the first time. Errors: kMissing: the system gives none.
  Status start();

  // After start(). Locked for no longer than a job takes to append.
  void post(Job job);

 private:
  void work(const std::stop_token& stop);
  std::optional<Job> next(const std::stop_token& stop);

  std::mutex mutex_;  // guards jobs_
  std::condition_variable_any arrived_;
  std::deque<Job> jobs_;
  std::once_flag started_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace jitgemm
