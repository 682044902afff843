// The driver functions that the harness uses beside the library's: contexts, memory, streams,
// events, graphs, modules. <cuda.h> gives the type of each member.
#pragma once

#include <cuda.h>

#include <jitgemm/status.h>
#include "src/device/driver.h"

namespace jitgemm::harness {

// The names are the driver's exact symbols.
#define JITGEMM_HARNESS_DRIVER_FUNCTIONS(F) \
  F(cuDevicePrimaryCtxRetain)               \
  F(cuDevicePrimaryCtxRelease_v2)           \
  F(cuCtxSetCurrent)                        \
  F(cuMemAlloc_v2)                          \
  F(cuMemFree_v2)                           \
  F(cuMemGetInfo_v2)                        \
  F(cuMemsetD8Async)                        \
  F(cuMemcpyDtoHAsync_v2)                   \
  F(cuStreamCreate)                         \
  F(cuStreamDestroy_v2)                     \
  F(cuStreamSynchronize)                    \
  F(cuStreamBeginCapture_v2)                \
  F(cuStreamEndCapture)                     \
  F(cuGraphInstantiateWithFlags)            \
  F(cuGraphLaunch)                          \
  F(cuGraphExecDestroy)                     \
  F(cuGraphDestroy)                         \
  F(cuEventCreate)                          \
  F(cuEventDestroy_v2)                      \
  F(cuEventRecord)                          \
  F(cuEventSynchronize)                     \
  F(cuModuleLoadData)                       \
  F(cuModuleUnload)                         \
  F(cuModuleGetFunction)                    \
  F(cuLaunchKernelEx)

struct DriverFunctions {
#define JITGEMM_MEMBER(symbol) decltype(&::symbol) symbol = nullptr;
  JITGEMM_HARNESS_DRIVER_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER
  // cuEventElapsedTime, which <cuda.h> renames; every driver has it under the plain name.
  CUresult (*elapsed_time)(float* ms, CUevent start, CUevent end) = nullptr;

  // Errors: kMissing, naming the function that the driver lacks.
  static Result<DriverFunctions> of(const device::Driver& driver);
};

}  // namespace jitgemm::harness
