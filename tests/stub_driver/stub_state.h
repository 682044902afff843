// What the stub driver knows, and the way that every driver function takes through it.
#pragma once

#pragma GCC visibility push(default)
#include "tests/stub_driver/stub_cuda.h"
#pragma GCC visibility pop

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stub {

struct Device {
  std::string name;
  int sms, major, minor;
};

struct Library {
  std::string image;
  bool live = true;
  std::set<int> loaded_on = {};             // devices
  std::map<int, int> shared_bytes_on = {};  // granted, by device
};

struct Failure {
  CUresult error;
  int first, count;
  int calls = 0;
  bool hits() { return ++calls >= first && (count == 0 || calls < first + count); }
};

std::vector<Device> initial_devices();

struct State {
  std::mutex mutex;
  bool initialised = false, recording = true;
  std::vector<Device> devices = initial_devices();
  std::vector<Library> libraries;  // number 1 first
  std::map<CUstream, CUstreamCaptureStatus> captures;
  std::map<std::string, Failure, std::less<>> failures;
  std::vector<std::string> calls;
  std::vector<stub_launch> launches;
  size_t allocated = 0;  // bytes of device memory, ever
  size_t streams = 0;    // created, ever
};

State& state();

extern std::atomic<bool> idle;           // set by stub_set_idle
extern thread_local int current_device;  // -1: none
extern thread_local CUstreamCaptureMode capture_mode;

// Of a call that a capture forbids: CUDA_SUCCESS where none does. Else every capture is invalid.
CUresult forbidden_by_capture(State& s);

// ---- handles: numbers that are not addresses ----

template <typename Handle>
Handle handle(uintptr_t number) {
  return reinterpret_cast<Handle>(number);
}
template <typename Handle>
uintptr_t number(Handle handle) {
  return reinterpret_cast<uintptr_t>(handle);
}

// A library, its kernel and the functions of that kernel share a number in the upper bits.
constexpr uintptr_t kLibraryTag = 1, kKernelTag = 2, kFunctionTag = 3;
template <typename Handle>
Handle of_library(size_t library, uintptr_t tag) {
  return handle<Handle>(library << 4 | tag);
}
template <typename Handle>
size_t library_of(Handle handle) {
  return number(handle) >> 4;
}
template <typename Handle>
Library* find(State& s, Handle handle) {
  const size_t index = library_of(handle) - 1;
  return index < s.libraries.size() && s.libraries[index].live ? &s.libraries[index] : nullptr;
}

inline CUcontext context_of(int device) {
  return handle<CUcontext>(device < 0 ? 0 : 0x1000 + device);
}
inline int device_of(CUcontext context) {
  return context == nullptr ? -1 : static_cast<int>(number(context)) - 0x1000;
}
inline bool is_device(const State& s, int device) {
  return device >= 0 && device < static_cast<int>(s.devices.size());
}

// ---- every driver function goes through here ----

template <typename Body, typename... Arguments>
CUresult call(const char* name, Body body, fmt::format_string<Arguments...> format,
              Arguments&&... arguments) {
  State& s = state();
  std::lock_guard lock(s.mutex);
  if (s.recording)
    s.calls.push_back(
        fmt::format("{}({})", name, fmt::format(format, std::forward<Arguments>(arguments)...)));
  if (auto failure = s.failures.find(std::string_view(name));
      failure != s.failures.end() && failure->second.hits())
    return failure->second.error;
  if (!s.initialised && std::string_view(name) != "cuInit") return CUDA_ERROR_NOT_INITIALIZED;
  return body(s);
}

}  // namespace stub
