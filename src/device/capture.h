// Stream capture: detects it, and loads modules without invalidating a capture in progress.
#pragma once

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/device/driver.h"

namespace jitgemm::device {

// Whether `stream` is being captured, an invalidated capture included. The default stream counts as
// captured while a launch on it would invalidate another stream's capture. Takes no lock of this
// library. Errors: kDriverError.
inline Result<bool> is_capturing(const Driver& driver, Stream stream) {
  CUstreamCaptureStatus capture = CU_STREAM_CAPTURE_STATUS_NONE;
  const CUresult result = driver.api().cuStreamIsCapturing(static_cast<CUstream>(stream), &capture);
  if (result == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT) return true;
  if (Status status = driver.check(result, "cuStreamIsCapturing"); !status.ok()) return status;
  return capture != CU_STREAM_CAPTURE_STATUS_NONE;
}

// While it lives, its thread is in the relaxed capture mode. Without it, the driver refuses to load
// or unload while a stream is being captured on any thread, and invalidates the capture; loading
// and unloading enqueue nothing, so the capture is not harmed by them.
class RelaxedCapture {
 public:
  explicit RelaxedCapture(const Driver& driver) : driver_(driver) { exchange(); }
  ~RelaxedCapture() { exchange(); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;

 private:
  // Swaps `mode_` with the thread's mode. If that fails, the load that follows fails by name.
  void exchange() { static_cast<void>(driver_.api().cuThreadExchangeStreamCaptureMode(&mode_)); }

  const Driver& driver_;
  CUstreamCaptureMode mode_ = CU_STREAM_CAPTURE_MODE_RELAXED;
};

}  // namespace jitgemm::device
