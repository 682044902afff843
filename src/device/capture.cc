#include "src/device/capture.h"

namespace jitgemm::device {

Result<bool> is_capturing(const Driver& driver, Stream stream) {
  CUstreamCaptureStatus capture = CU_STREAM_CAPTURE_STATUS_NONE;
  const CUresult result = driver.api().cuStreamIsCapturing(static_cast<CUstream>(stream), &capture);
  if (result == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT) return true;
  if (Status status = driver.check(result, "cuStreamIsCapturing"); !status.ok()) return status;
  return capture != CU_STREAM_CAPTURE_STATUS_NONE;
}

}  // namespace jitgemm::device
