// The functions with which tests set and read the stub.

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "tests/stub_driver/stub_state.h"

namespace stub {

thread_local CUcontext current_context = nullptr;
thread_local unsigned long long current_context_id = 0;
thread_local CUstreamCaptureMode capture_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
std::atomic<bool> idle = false;

std::vector<Device> initial_devices() {
  const char* given = std::getenv("STUB_CUDA_DEVICES");
  if (given == nullptr) return {{"NVIDIA H200", 132, 9, 0}};
  std::vector<Device> devices;
  std::istringstream text(given);
  for (std::string entry; std::getline(text, entry, ';');) {
    std::istringstream fields(entry);
    Device device = {};
    char comma;
    std::getline(fields, device.name, ',');
    fields >> device.sms >> comma >> device.major >> comma >> device.minor;
    devices.push_back(device);
  }
  return devices;
}

// Never destroyed: libraries are unloaded by destructors that may run at exit.
State& state() {
  static State* const instance = new State;
  return *instance;
}

}  // namespace stub

namespace {

// Copies the bytes that fit. Returns the size of all.
size_t copy_out(std::string_view bytes, char* to, size_t capacity) {
  std::copy_n(bytes.data(), std::min(bytes.size(), capacity), to);
  return bytes.size();
}

}  // namespace

using namespace stub;

void stub_reset() {
  const Locked s;
  s->initialised = false;
  s->recording = true;
  idle = false;
  s->devices = initial_devices();
  s->libraries.clear();
  s->captures.clear();
  s->failures.clear();
  s->calls.clear();
  s->launches.clear();
  s->allocated = s->streams = 0;
  s->contexts.clear();
  make_current(*s, nullptr);
}

void stub_set_devices(const stub_device* devices, int count) {
  const Locked s;
  s->devices.clear();
  for (const stub_device* device = devices; device != devices + count; ++device)
    s->devices.push_back({device->name, device->sms, device->compute_major, device->compute_minor});
}

void stub_fail(const char* function, CUresult error, int first, int count) {
  const Locked s;
  s->failures.insert_or_assign(function, Failure{error, first, count});
}

void stub_set_recording(int on) {
  const Locked s;
  s->recording = on != 0;
}

void stub_set_idle(int on) { idle = on != 0; }

size_t stub_calls() {
  const Locked s;
  return s->calls.size();
}

size_t stub_call(size_t index, char* text, size_t capacity) {
  const Locked s;
  if (index >= s->calls.size()) return 0;
  const std::string& call = s->calls[index];
  copy_out({call.c_str(), call.size() + 1}, text, capacity);
  return call.size();
}

size_t stub_launches() {
  const Locked s;
  return s->launches.size();
}

int stub_get_launch(size_t index, stub_launch* launch) {
  const Locked s;
  if (index >= s->launches.size()) return 0;
  *launch = s->launches[index];
  return 1;
}

size_t stub_live_libraries() {
  const Locked s;
  return static_cast<size_t>(std::ranges::count(s->libraries, true, &Library::live));
}

size_t stub_image(size_t library, char* bytes, size_t capacity) {
  const Locked s;
  if (library - 1 >= s->libraries.size()) return 0;
  return copy_out(s->libraries[library - 1].image, bytes, capacity);
}
