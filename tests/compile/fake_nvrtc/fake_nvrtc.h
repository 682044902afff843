// Where the libraries that stand in for NVRTC are.
#pragma once

#include <filesystem>
#include <string>

namespace jitgemm {

// Version 99.0, of which there are no builtins; linked without a build id. JITGEMM_FAKE_NVRTC_OLD
// is version 11.8.
inline std::string fake_nvrtc_without_builtins() {
  return std::filesystem::path(JITGEMM_FAKE_NVRTC_OLD)
      .replace_filename("libfake_nvrtc_alone.so")
      .string();
}

}  // namespace jitgemm
