// NVRTC of the version FAKE_MAJOR.FAKE_MINOR, whose compiles take SLOW_NVRTC_MS milliseconds
// (default: 100). Its cubin is a text, which the stub driver loads. Like the real NVRTC it has
// static objects, one of which the first compile makes. A compile that finds one destroyed aborts,
// and one without --no-cache fails.

#pragma GCC visibility push(default)
#include <nvrtc.h>
#pragma GCC visibility pop

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

constexpr char kCubin[] = "cubin of the slow NVRTC";

struct Alive {
  bool* alive;
  explicit Alive(bool* flag) : alive(flag) { *alive = true; }
  ~Alive() { *alive = false; }
};

bool loaded = false, warmed_up = false;
const Alive by_loading(&loaded);

void expect_statics() {
  static const Alive by_compiling(&warmed_up);
  if (!loaded || !warmed_up) std::abort();
}

std::atomic<int (*)(void*, void*)> flow = nullptr;  // the same for all programs

std::chrono::milliseconds delay() {
  const char* given = std::getenv("SLOW_NVRTC_MS");
  return std::chrono::milliseconds(given == nullptr ? 100 : std::atoi(given));
}

}  // namespace

nvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = FAKE_MAJOR;
  *minor = FAKE_MINOR;
  return NVRTC_SUCCESS;
}
const char* nvrtcGetErrorString(nvrtcResult) { return "no error"; }
nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char*, const char*, int,
                               const char* const*, const char* const*) {
  *program = reinterpret_cast<nvrtcProgram>(&loaded);
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcDestroyProgram(nvrtcProgram*) { return NVRTC_SUCCESS; }
nvrtcResult nvrtcSetFlowCallback(nvrtcProgram, int (*callback)(void*, void*), void*) {
  flow = callback;
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcCompileProgram(nvrtcProgram, int count, const char* const* options) {
  if (std::find(options, options + count, std::string_view("--no-cache")) == options + count)
    return NVRTC_ERROR_INVALID_OPTION;
  expect_statics();
  const auto end = std::chrono::steady_clock::now() + delay();
  do {
    if (flow.load()(nullptr, nullptr) != 0) return NVRTC_ERROR_COMPILATION;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    expect_statics();
  } while (std::chrono::steady_clock::now() < end);
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram, size_t* bytes) {
  *bytes = 1;
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetProgramLog(nvrtcProgram, char* text) {
  *text = '\0';
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetCUBINSize(nvrtcProgram, size_t* bytes) {
  *bytes = sizeof(kCubin);
  return NVRTC_SUCCESS;
}
nvrtcResult nvrtcGetCUBIN(nvrtcProgram, char* cubin) {
  std::memcpy(cubin, kCubin, sizeof(kCubin));
  return NVRTC_SUCCESS;
}
