// Functions that the programs of this project look up in every driver, and that fail in this one.

#pragma GCC visibility push(default)
#include <cuda.h>
#undef cuEventElapsedTime  // the plain name, which every driver has
extern "C" CUresult cuEventElapsedTime(float* ms, CUevent start, CUevent end);
#pragma GCC visibility pop

namespace {
constexpr CUresult kAbsent = CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuEventCreate(CUevent*, unsigned) { return kAbsent; }
CUresult cuEventDestroy(CUevent) { return kAbsent; }
CUresult cuEventRecord(CUevent, CUstream) { return kAbsent; }
CUresult cuEventSynchronize(CUevent) { return kAbsent; }
CUresult cuEventElapsedTime(float*, CUevent, CUevent) { return kAbsent; }
