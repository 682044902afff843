// The device side of the harness: kernels that make data, compute the reference and compare. CUDA
// source, compiled by NVRTC when a Workbench is opened.
#pragma once

#include <string>
#include <vector>

namespace jitgemm::harness {

extern const char kHelperSource[];

// For NVRTC. Unlike the library's kernels these use what NVRTC brings along: shuffles, vectors,
// logf.
const std::vector<std::string>& helper_options();

}  // namespace jitgemm::harness
