// The state of the stub driver, and Call, through which every driver function goes.
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
#include <type_traits>
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
  std::set<unsigned long long> loaded_in = {};  // contexts, by id
  std::map<int, int> shared_bytes_on = {};      // granted, by device
};

struct Failure {
  CUresult error;
  int first, count;
  int calls = 0;
  bool hits() { return ++calls >= first && (count == 0 || calls < first + count); }
};

struct Graph {
  double us;
  size_t replays = 0;
};

std::vector<Device> initial_devices();

// The id of device 0's primary context, and its handle.
constexpr unsigned long long kPrimaryId = 0x1000;

struct State {
  std::mutex mutex;
  bool initialised = false, recording = true;
  std::vector<Device> devices = initial_devices();
  std::vector<Library> libraries;                    // number 1 first
  std::map<CUcontext, unsigned long long> contexts;  // live ones of stub_create_context, their ids
  unsigned long long last_context_id = kPrimaryId * 2;  // no id is given twice
  std::map<CUstream, CUstreamCaptureStatus> captures;
  std::map<std::string, Failure, std::less<>> failures;
  std::vector<std::string> calls;
  std::vector<stub_launch> launches;
  size_t allocated = 0;                  // bytes of device memory, ever
  size_t streams = 0;                    // created, ever
  double clock_us = 0, captured_us = 0;  // that the device worked; of the launches of a capture
  std::vector<double> events_us;         // at which each was recorded
  std::vector<Graph> graphs;
};

State& state();

extern std::atomic<bool> idle;                  // set by stub_set_idle
extern thread_local CUcontext current_context;  // null: none
extern thread_local unsigned long long current_context_id;
extern thread_local CUstreamCaptureMode capture_mode;

// CUDA_SUCCESS if no capture forbids loading in this thread; else an error, and all captures are
// invalidated.
CUresult forbidden_by_capture(State& s);

// Adds the time of a launch to the clock or to the capture of its stream, and a graph's to the
// clock.
void spend(State& s, const CUlaunchConfig& config, double us);
void replay(State& s, Graph& graph);

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

// Context `slot` of a device; slot 0 is its primary context.
inline CUcontext context_of(int device, uintptr_t slot = 0) {
  return handle<CUcontext>(device < 0 ? 0 : (slot + 1) * kPrimaryId + device);
}
inline int device_of(CUcontext context) {
  return context == nullptr ? -1 : static_cast<int>(number(context) % kPrimaryId);
}
inline int current_device() { return device_of(current_context); }

// 0 when the context was destroyed.
inline unsigned long long id_of(const State& s, CUcontext context) {
  if (number(context) < 2 * kPrimaryId) return number(context);
  const auto found = s.contexts.find(context);
  return found == s.contexts.end() ? 0 : found->second;
}
inline void make_current(const State& s, CUcontext context) {
  current_context = context;
  current_context_id = id_of(s, context);
}
inline bool is_device(const State& s, int device) {
  return device >= 0 && device < static_cast<int>(s.devices.size());
}

// The state, locked.
class Locked {
 public:
  State* operator->() const { return &state(); }
  State& operator*() const { return state(); }

 private:
  const std::lock_guard<std::mutex> lock_{state().mutex};
};

// ---- every driver function goes through here ----

class Call {
 public:
  template <typename... Arguments>
  Call(const char* name, fmt::format_string<Arguments...> format, Arguments&&... arguments)
      : name_(name) {
    if (s_->recording)
      s_->calls.push_back(
          fmt::format("{}({})", name, fmt::format(format, std::forward<Arguments>(arguments)...)));
  }

  // `body` returns an error, or nothing when it always succeeds.
  template <typename Body>
  CUresult run(Body body) {
    if (auto failure = s_->failures.find(name_);
        failure != s_->failures.end() && failure->second.hits())
      return failure->second.error;
    if (!s_->initialised && name_ != "cuInit") return CUDA_ERROR_NOT_INITIALIZED;
    if constexpr (std::is_void_v<decltype(body(*s_))>) {
      body(*s_);
      return CUDA_SUCCESS;
    } else {
      return body(*s_);
    }
  }
  CUresult succeed() {
    return run([](State&) { return CUDA_SUCCESS; });
  }

 private:
  const Locked s_;
  const std::string_view name_;
};

}  // namespace stub
