// Stream capture: whether a stream is being captured, and loading that no capture minds.
#pragma once

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/device/driver.h"

namespace jitgemm::device {

// Whether `stream` is being captured; the default stream also while a launch on it would break
// another stream's capture. Takes no lock of ours. Errors: kDriverError.
Result<bool> is_capturing(const Driver& driver, Stream stream);

// While it lives, its thread may load and unload whatever is being captured, on any thread: these
// calls enqueue nothing, but the driver would refuse them and invalidate the capture.
class RelaxedCapture {
 public:
  explicit RelaxedCapture(const Driver& driver) : driver_(driver) { exchange(); }
  ~RelaxedCapture() { exchange(); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;

 private:
  // Swaps `mode_` with the thread's. A driver that cannot do it fails the next call, by name.
  void exchange() { static_cast<void>(driver_.api().cuThreadExchangeStreamCaptureMode(&mode_)); }

  const Driver& driver_;
  CUstreamCaptureMode mode_ = CU_STREAM_CAPTURE_MODE_RELAXED;
};

}  // namespace jitgemm::device
