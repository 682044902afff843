// The CUDA driver, opened at run time as a table of functions. <cuda.h> gives the types; nothing
// links to libcuda.
#pragma once

#include <cuda.h>

#include <memory>
#include <string>

#include <jitgemm/status.h>
#include "src/base/shared_library.h"

// The functions that the library calls. <cuda.h> maps some names to versioned symbols by macros
// (cuMemAlloc is cuMemAlloc_v2). Members, types and looked-up symbols all go through those macros,
// so that they agree with the callers.
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

// Thread rule: immutable; all methods from any number of threads.
class Driver {
 public:
  // Opens `path`, or libcuda.so.1 when empty, and initialises it. Never unloads.
  // Errors: kMissing when the driver is not found, lacks a function, or shows no GPU; kDriverError.
  static Result<std::shared_ptr<const Driver>> open(const std::string& path);

  // The table: one member per driver function that the library calls, named as the driver names it,
  // e.g. api().cuLaunchKernelEx(...).
  const DriverApi& api() const { return api_; }

  // Any other function of the same driver, by its exact symbol ("cuMemAlloc_v2"), or nullptr.
  void* symbol(const char* name) const { return library_.symbol(name); }

  const std::string& path() const { return library_.path(); }
  int version() const { return version_; }  // 13000

  // ok, or kDriverError: "cuLibraryLoadData failed: CUDA_ERROR_NO_BINARY_FOR_GPU (no kernel image
  // ...)".
  Status check(CUresult result, const char* call) const;

 private:
  explicit Driver(SharedLibrary library);
  const char* look_up();
  Status initialise();

  SharedLibrary library_;
  DriverApi api_;
  int version_ = 0;
};

}  // namespace jitgemm::device
