// The device side of the harness: the text of helpers.cu, whose kernels make data, compute the
// reference and compare. NVRTC compiles it when a Workbench is opened.
#pragma once

#include <string>
#include <vector>

namespace jitgemm::harness {

extern const char kHelperSource[];

// The options for NVRTC. Unlike the library's kernels, the helpers use the headers that NVRTC
// brings along: shuffles, vector types, logf.
inline std::vector<std::string> helper_options() {
  return {"-arch=sm_90a", "-std=c++17", "--ptxas-options=-v"};
}

}  // namespace jitgemm::harness
