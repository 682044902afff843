// The stub driver (stub_cuda.h) for tests in C++.
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/paths.h"
#include "tests/stub_driver/stub_cuda.h"

namespace jitgemm {

// One per test: its constructor resets the stub and makes device 0 current in this thread.
class StubDriver {
 public:
  static std::string path() { return paths::kStubDriver; }
  static stub_device h200() { return {"NVIDIA H200", 132, 9, 0}; }

  StubDriver() {
    reset_();
    make_current(0);
  }

  void set_devices(const std::vector<stub_device>& devices) {
    set_devices_(devices.data(), static_cast<int>(devices.size()));
  }
  void make_current(int device) { make_current_(device); }
  void make_none_current() { make_current_(-1); }

  // Contexts beside the primary one.
  CUcontext create_context(int device = 0) { return create_context_(device); }
  void destroy_context(CUcontext context) { destroy_context_(context); }
  void make_current(CUcontext context) { make_context_current_(context); }

  // Makes all calls of `function` fail, from call number `first` on.
  void fail(const char* function, CUresult error, int first = 1) {
    fail_(function, error, first, 0);
  }
  void fail_once(const char* function, CUresult error, int nth = 1) {
    fail_(function, error, nth, 1);
  }
  void begin_capture(void* stream) { begin_capture_(static_cast<CUstream>(stream)); }
  bool end_capture(void* stream) { return end_capture_(static_cast<CUstream>(stream)) != 0; }
  void set_recording(bool on) { set_recording_(on); }
  void set_idle(bool on) { set_idle_(on); }

  std::vector<std::string> calls() const {
    std::vector<std::string> all(calls_());
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].resize(call_(i, nullptr, 0));
      call_(i, all[i].data(), all[i].size() + 1);
    }
    return all;
  }

  std::vector<stub_launch> launches() const {
    std::vector<stub_launch> all(launches_());
    for (size_t i = 0; i < all.size(); ++i) get_launch_(i, &all[i]);
    return all;
  }

  size_t live_libraries() const { return live_libraries_(); }

  std::string image(size_t library) const {
    std::string bytes(image_(library, nullptr, 0), '\0');
    image_(library, bytes.data(), bytes.size());
    return bytes;
  }

 private:
  // A function of the opened stub, by its name.
  template <typename Function>
  static Function* find(const char* name) {
    static void* const stub = dlopen(paths::kStubDriver, RTLD_NOW | RTLD_LOCAL);
    void* const symbol = stub == nullptr ? nullptr : dlsym(stub, name);
    if (symbol == nullptr) std::abort();
    return reinterpret_cast<Function*>(symbol);
  }

#define STUB_FUNCTION(name) \
  decltype(::stub_##name)* const name##_ = find<decltype(::stub_##name)>("stub_" #name)
  STUB_FUNCTION(reset);
  STUB_FUNCTION(set_devices);
  STUB_FUNCTION(make_current);
  STUB_FUNCTION(create_context);
  STUB_FUNCTION(destroy_context);
  STUB_FUNCTION(make_context_current);
  STUB_FUNCTION(fail);
  STUB_FUNCTION(begin_capture);
  STUB_FUNCTION(end_capture);
  STUB_FUNCTION(set_recording);
  STUB_FUNCTION(set_idle);
  STUB_FUNCTION(calls);
  STUB_FUNCTION(call);
  STUB_FUNCTION(launches);
  STUB_FUNCTION(get_launch);
  STUB_FUNCTION(live_libraries);
  STUB_FUNCTION(image);
#undef STUB_FUNCTION
};

}  // namespace jitgemm
