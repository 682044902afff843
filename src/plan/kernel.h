// Any kernel of the library, as the registry, the cache and the driver see it: of a GEMM, or a
// quantiser. Another kind of kernel is one more alternative here and one more generate() in
// src/codegen.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <jitgemm/quantize.h>
#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

using Kernel = std::variant<KernelConfig, QuantizeDesc>;

std::string name_of(const Kernel& kernel);  // unique

// The limit of dynamic shared memory that its launches need.
int shared_bytes_of(const Kernel& kernel);

// Whether it is a generic kernel of a GEMM.
bool is_generic(const Kernel& kernel);

// The kernel of that name, if it can be made. Errors: kInvalidArgument.
Result<Kernel> any_kernel_named(std::string_view name);

}  // namespace jitgemm::plan
