// Where the libraries that stand in for NVRTC are.
#pragma once

#include <filesystem>
#include <string>

#include "tests/paths.h"

namespace jitgemm {

// Version 99.0, of which there are no builtins; linked without a build id. paths::kFakeNvrtcOld
// is version 11.8.
inline std::string fake_nvrtc_without_builtins() {
  return std::filesystem::path(paths::kFakeNvrtcOld)
      .replace_filename("libfake_nvrtc_alone.so")
      .string();
}

}  // namespace jitgemm
