// NVRTC as a table of functions: found on this machine, checked for its age, and identified. Built
// against <nvrtc.h> for the types alone; nothing links to libnvrtc.
#pragma once

#include <nvrtc.h>

#include <string>
#include <utility>

#include <jitgemm/status.h>

// One list, so that a function is declared, looked up and missed alike.
#define JITGEMM_NVRTC_FUNCTIONS(FUNCTION) \
  FUNCTION(nvrtcVersion)                  \
  FUNCTION(nvrtcGetErrorString)           \
  FUNCTION(nvrtcCreateProgram)            \
  FUNCTION(nvrtcDestroyProgram)           \
  FUNCTION(nvrtcCompileProgram)           \
  FUNCTION(nvrtcGetProgramLogSize)        \
  FUNCTION(nvrtcGetProgramLog)            \
  FUNCTION(nvrtcGetCUBINSize)             \
  FUNCTION(nvrtcGetCUBIN)

namespace jitgemm::compile {

struct NvrtcApi {
  std::string path;                  // the file that the loader opened
  std::pair<int, int> version = {};  // {13, 0}
  std::string build;                 // as Nvrtc::build()

#define JITGEMM_MEMBER(name) decltype(&::name) name = nullptr;
  JITGEMM_NVRTC_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER
  // Null before 12.8, and so may its declaration be missing.
  nvrtcResult (*nvrtcSetFlowCallback)(nvrtcProgram, int (*)(void*, void*), void*) = nullptr;
};

// As Nvrtc::open().
Result<NvrtcApi> open_nvrtc(const std::string& path);

}  // namespace jitgemm::compile
