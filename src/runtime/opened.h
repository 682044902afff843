// Opened: opens something once, on first use. A failure is delivered, and the next call tries
// again.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <jitgemm/status.h>
#include "src/runtime/single_flight.h"

namespace jitgemm {

// Thread rule: get() from any number of threads; no lock is held while it opens.
template <typename T>
class Opened {
 public:
  using Open = std::function<Result<std::shared_ptr<T>>()>;
  explicit Opened(Open open) : open_(std::move(open)) {}

  Result<std::shared_ptr<T>> get() { return flight_.get({}, open_).outcome; }

 private:
  const Open open_;
  SingleFlight<std::shared_ptr<T>> flight_{Keep::kSuccess};
};

}  // namespace jitgemm
