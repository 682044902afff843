// The compiler that the options of a library describe.
#pragma once

#include <memory>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/compile/compiler.h"

namespace jitgemm {

// NVRTC, and processes of Options::compile_command beside it. Errors: kMissing.
Result<std::shared_ptr<compile::Compiler>> open_compiler(const Options& options);

}  // namespace jitgemm
