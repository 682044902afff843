// Kernels by themselves: named by their config, and launched without a Gemm that chooses.
#pragma once

#include <string>
#include <vector>

#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"
#include "tests/gpu/gpu_test.h"

namespace jitgemm {

// A launcher of this kernel for one shape, which is its own unless it is generic. It owns the
// kernel, which is made when the process first asks for it; GemmArgs::pdl is respected. Errors:
// those of making it.
Result<harness::Launch> kernel_launcher(const plan::KernelConfig& config, const GemmDesc& desc,
                                        const plan::Overlap& overlap = {});

// Makes those that are not made yet on all cores, so that kernel_launcher() does not wait.
Status make_kernels(const std::vector<plan::KernelConfig>& configs);

// The generic kernel of a form, for any shape and M, and its name.
Result<harness::Launch> generic_launcher(Form form, const GemmDesc& desc);
std::string generic_name(Form form);

}  // namespace jitgemm
