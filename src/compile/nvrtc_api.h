// NVRTC as a table of functions: opens the library, checks its version, and reads its build ids.
// <nvrtc.h> is included for its types only; nothing links to libnvrtc.
#pragma once

#include <nvrtc.h>

#include <string>
#include <utility>

#include <jitgemm/status.h>

// The functions that this library calls. Declaration, look-up and error message use this one list.
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
  // Optional: NVRTC has it, and declares it, from 12.8 on.
  nvrtcResult (*nvrtcSetFlowCallback)(nvrtcProgram, int (*)(void*, void*), void*) = nullptr;
};

// As Nvrtc::open().
Result<NvrtcApi> open_nvrtc(const std::string& path);

}  // namespace jitgemm::compile
