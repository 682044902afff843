#include "src/runtime/worker.h"

#include <fmt/format.h>
#include <pthread.h>

#include <system_error>
#include <utility>

#include "src/base/exit_gate.h"
#include "src/base/masked_signals.h"

namespace jitgemm {
Status Worker::start() {
  try {
    std::call_once(started_, [this] {
      await_work_at_exit();
      const MaskedSignals masked;
      thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    });
  } catch (const std::system_error& error) {
    return {StatusCode::kMissing,
            fmt::format("the system refuses a thread that makes kernels: {}", error.what())};
  }
  return {};
}

void Worker::post(Job job) {
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  arrived_.notify_one();
}

void Worker::work(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "jitgemm");
  while (const std::optional<Job> job = next(stop))
    if (const BeforeExit working; working) (*job)();
}

std::optional<Worker::Job> Worker::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, stop, [this] { return !jobs_.empty(); });
  if (stop.stop_requested()) return std::nullopt;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

}  // namespace jitgemm
