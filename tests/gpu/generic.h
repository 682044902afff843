// The generic kernels by themselves: no Gemm says which of them serves a launch.
#pragma once

#include "tests/gpu/gpu_test.h"

namespace jitgemm {

// A launcher of the generic kernel of a form, for any shape and M. It owns the kernel, which is
// made with the first call. Errors: those of making it.
Result<harness::Launch> generic_launcher(Form form, const GemmDesc& desc);

// Its name.
std::string generic_name(Form form);

}  // namespace jitgemm
