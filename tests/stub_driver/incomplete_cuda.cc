// A driver from before CUDA 12: it starts, and has no libraries and no tensor maps.

#pragma GCC visibility push(default)
#include <cuda.h>

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }

CUresult cuDriverGetVersion(int* version) {
  *version = 11080;
  return CUDA_SUCCESS;
}
