// Library::open() with another compiler than NVRTC: the seam where tests put one of their own.
// (Another driver is a matter of Options::driver_path.)
#pragma once

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/runtime/library_state.h"

namespace jitgemm {

Result<Library> open_library(Options options, LibraryState::OpenCompiler open_compiler);

}  // namespace jitgemm
