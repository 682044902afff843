#include "tools/harness/parallel.h"

#include <algorithm>
#include <thread>

#include "src/base/shared_work.h"

namespace jitgemm::harness {

Status in_parallel(const Gpu& gpu, size_t count, const std::function<Status(size_t)>& task) {
  if (Status status = gpu.make_current(); !status.ok()) return status;
  const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
  Status first_error;
  const Status stopped = share_work(
      static_cast<int>(cores) - 1, count, [&gpu] { return gpu.make_current(); }, task,
      [&first_error](size_t, const Status& status) {
        if (first_error.ok()) first_error = status;
      });
  return first_error.ok() ? stopped : first_error;
}

}  // namespace jitgemm::harness
