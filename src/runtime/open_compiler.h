// The compiler that the options of a library name.
#pragma once

#include <memory>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/compile/compiler.h"

namespace jitgemm {

// NVRTC of Options::nvrtc_path. Errors: kMissing.
Result<std::shared_ptr<compile::Compiler>> open_compiler(const Options& options);

}  // namespace jitgemm
