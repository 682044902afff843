#include "tools/harness/event.h"

#include <utility>

namespace jitgemm::harness {

Event::Event(GpuPtr gpu, CUevent event) : gpu_(std::move(gpu)), event_(event) {}

Event::Event(Event&& other) noexcept
    : gpu_(std::move(other.gpu_)), event_(std::exchange(other.event_, nullptr)) {}

Result<Event> Event::create(GpuPtr gpu) {
  CUevent event = nullptr;
  Status status =
      gpu->check(gpu->driver().cuEventCreate(&event, CU_EVENT_DEFAULT), "cuEventCreate");
  if (!status.ok()) return status;
  return Event(std::move(gpu), event);
}

Event::~Event() {
  if (event_) gpu_->driver().cuEventDestroy_v2(event_);
}

Status Event::record(CUstream stream) const {
  return gpu_->check(gpu_->driver().cuEventRecord(event_, stream), "cuEventRecord");
}

Status Event::synchronize() const {
  return gpu_->check(gpu_->driver().cuEventSynchronize(event_), "cuEventSynchronize");
}

Result<double> Event::us_since(const Event& earlier) const {
  float ms = 0;
  Status status =
      gpu_->check(gpu_->driver().elapsed_time(&ms, earlier.event_, event_), "cuEventElapsedTime");
  if (!status.ok()) return status;
  return 1e3 * ms;
}

}  // namespace jitgemm::harness
