// Event: owns a CUevent, which marks a moment on a stream.
#pragma once

#include <jitgemm/status.h>
#include "tools/harness/gpu.h"

namespace jitgemm::harness {

class Event {
 public:
  static Result<Event> create(GpuPtr gpu);

  Event(Event&& other) noexcept;
  Event& operator=(Event&&) = delete;
  ~Event();

  Status record(CUstream stream) const;
  Status synchronize() const;  // waits until it has happened
  // The microseconds from `earlier` to this event. Both have happened.
  Result<double> us_since(const Event& earlier) const;

 private:
  Event(GpuPtr gpu, CUevent event);
  GpuPtr gpu_;
  CUevent event_;
};

}  // namespace jitgemm::harness
