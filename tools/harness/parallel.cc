#include "tools/harness/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace jitgemm::harness {

Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status first_error;
  const auto keep = [&](const Status& status) {
    if (status.ok()) return;
    std::lock_guard lock(mutex);
    if (first_error.ok()) first_error = status;
  };
  const auto work = [&] {
    if (Status status = gpu.make_current(); !status.ok()) return keep(status);
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) keep(task(i));
  };

  const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
  const size_t threads = std::min<size_t>(count, cores - 1);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return first_error;
}

}  // namespace jitgemm::harness
