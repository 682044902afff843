// The driver functions that the library calls, as a table.
//
// <cuda.h> maps some names to versioned symbols by macros (cuMemAlloc is cuMemAlloc_v2). Members,
// types and looked-up symbols all go through those macros, so that they agree with the callers.
#pragma once

#include <cuda.h>

#define JITGEMM_DRIVER_FUNCTIONS(FUNCTION) \
  FUNCTION(cuInit)                         \
  FUNCTION(cuDriverGetVersion)             \
  FUNCTION(cuGetErrorName)                 \
  FUNCTION(cuGetErrorString)               \
  FUNCTION(cuDeviceGetCount)               \
  FUNCTION(cuDeviceGet)                    \
  FUNCTION(cuDeviceGetName)                \
  FUNCTION(cuDeviceGetAttribute)           \
  FUNCTION(cuCtxGetCurrent)                \
  FUNCTION(cuCtxSetCurrent)                \
  FUNCTION(cuCtxGetDevice)                 \
  FUNCTION(cuCtxGetId)                     \
  FUNCTION(cuLibraryLoadData)              \
  FUNCTION(cuLibraryUnload)                \
  FUNCTION(cuLibraryGetKernel)             \
  FUNCTION(cuKernelGetFunction)            \
  FUNCTION(cuKernelSetAttribute)           \
  FUNCTION(cuTensorMapEncodeTiled)         \
  FUNCTION(cuLaunchKernelEx)               \
  FUNCTION(cuStreamIsCapturing)            \
  FUNCTION(cuThreadExchangeStreamCaptureMode)

namespace jitgemm::device {

struct DriverApi {
#define JITGEMM_MEMBER(name) decltype(&::name) name = nullptr;
  JITGEMM_DRIVER_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER
};

}  // namespace jitgemm::device
