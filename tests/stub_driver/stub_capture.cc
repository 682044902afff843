// Stream capture. As in the real driver, a capture forbids loading and unloading to every thread
// that is not in the relaxed mode.

#include <utility>

#include "tests/stub_driver/stub_state.h"

using namespace stub;

CUresult stub::forbidden_by_capture(State& s) {
  if (capture_mode == CU_STREAM_CAPTURE_MODE_RELAXED || s.captures.empty()) return CUDA_SUCCESS;
  for (auto& [stream, status] : s.captures) status = CU_STREAM_CAPTURE_STATUS_INVALIDATED;
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
  return Call("cuStreamIsCapturing", "stream {:#x}", number(stream)).run([&](State& s) {
    if (stream == nullptr && !s.captures.empty()) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    const auto found = s.captures.find(stream);
    *status = found == s.captures.end() ? CU_STREAM_CAPTURE_STATUS_NONE : found->second;
    return CUDA_SUCCESS;
  });
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  return Call("cuThreadExchangeStreamCaptureMode", "mode {}", static_cast<int>(*mode))
      .run([&](State&) { std::swap(*mode, capture_mode); });
}

void stub_begin_capture(CUstream stream) {
  const Locked s;
  s->captures.insert_or_assign(stream, CU_STREAM_CAPTURE_STATUS_ACTIVE);
}

int stub_end_capture(CUstream stream) {
  const Locked s;
  const auto capture = s->captures.extract(stream);
  return !capture.empty() && capture.mapped() == CU_STREAM_CAPTURE_STATUS_ACTIVE;
}
