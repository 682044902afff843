// Worker: one thread that runs jobs in the order in which they were posted.
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

// Thread rule: start() and post() from any number of threads. The destructor waits for the running
// job and drops the jobs that have not begun; so does exit().
class Worker {
 public:
  using Job = std::function<void()>;  // must not throw

  // Starts the thread on the first call. Errors: kMissing: the system refuses a thread.
  Status start();

  // Call start() first. The lock is held only while the job is appended.
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
