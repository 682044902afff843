// Library::open() with another compiler than NVRTC, for tests. (Options::driver_path names another
// driver.)
#pragma once

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/runtime/library_state.h"

namespace jitgemm {

Result<Library> open_library(Options options, LibraryState::OpenCompiler open_compiler);

}  // namespace jitgemm
