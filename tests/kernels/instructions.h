// The machine instructions of the kernels that the planner can pick for a shape, as a digest: what
// must not change when code only moves. tests/kernels/instructions.txt keeps them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/compile/compiler.h"
#include "src/plan/kernel.h"

namespace jitgemm {

using Configs = std::map<std::string, plan::Kernel>;  // by name

// What an H200 may be given for M up to 8192: by the embedded table and by the model, in plain
// launches and with PDL, batch-invariant or not.
Configs configs_of(const GemmDesc& shape);
Configs generic_configs();

// One quantiser of each operator and option.
Configs quantizers();

// XXH3-128 of the kernel's instructions; empty where `cubin` holds none.
std::string instructions_of(std::string_view cubin);

// "<kernel> <registers of a thread> <digest of its instructions>"
std::string kernel_line(const plan::Kernel& kernel, const compile::Compiled& compiled);

// "<shape> <number of kernels> <digest of their lines>"
std::string shape_line(std::string_view shape, const std::vector<std::string>& kernel_lines);

}  // namespace jitgemm
