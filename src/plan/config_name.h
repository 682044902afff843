// The names of kernels, such as "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_fill". One table of
// fields makes a name (KernelConfig::name()), reads it and explains it.
//
// Free functions, callable from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

// One field of a name: in general ("t<tokens>x<outputs>") or of one kernel ("t16x64").
struct NamedField {
  std::string text;
  std::string meaning;
};

// Every field that a name can have, in the order of a name.
std::vector<NamedField> name_fields();

// The fields of this kernel's name.
std::vector<NamedField> name_fields(const KernelConfig& config);

// The inverse of KernelConfig::name() for kernels of one shape. It does not check whether a kernel
// with these numbers can be made. Errors: kInvalidArgument.
Result<KernelConfig> parse_config_name(std::string_view name);

// The kernel of that name, generic or of one shape, if it can be made. Errors: kInvalidArgument.
Result<KernelConfig> kernel_named(std::string_view name);

}  // namespace jitgemm::plan
