// Contexts: those of the driver functions, and those that tests create and destroy.

#include "tests/stub_driver/stub_state.h"

using namespace stub;

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  return Call("cuDevicePrimaryCtxRetain", "device {}", device).run([&](State& s) {
    if (!is_device(s, device)) return CUDA_ERROR_INVALID_DEVICE;
    *context = context_of(device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
  return Call("cuDevicePrimaryCtxRelease", "device {}", device).succeed();
}

CUresult cuCtxSetCurrent(CUcontext context) {
  return Call("cuCtxSetCurrent", "device {}", device_of(context)).run([&](State& s) {
    if (context != nullptr && id_of(s, context) == 0) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    make_current(s, context);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  return Call("cuCtxGetCurrent", "").run([&](State&) { *context = current_context; });
}

CUresult cuCtxGetDevice(CUdevice* device) {
  return Call("cuCtxGetDevice", "").run([&](State& s) {
    if (!is_device(s, current_device())) return CUDA_ERROR_INVALID_CONTEXT;
    *device = current_device();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetId(CUcontext context, unsigned long long* id) {
  if (idle.load(std::memory_order_relaxed) && context == nullptr) {
    *id = current_context_id;
    return CUDA_SUCCESS;
  }
  return Call("cuCtxGetId", "").run([&](State& s) {
    *id = context == nullptr ? current_context_id : id_of(s, context);
    return *id == 0 ? CUDA_ERROR_INVALID_CONTEXT : CUDA_SUCCESS;
  });
}

void stub_make_current(int device) {
  const Locked s;
  make_current(*s, context_of(device));
}

CUcontext stub_create_context(int device) {
  const Locked s;
  uintptr_t slot = 1;
  while (s->contexts.contains(context_of(device, slot))) ++slot;
  s->contexts.emplace(context_of(device, slot), ++s->last_context_id);
  return context_of(device, slot);
}

void stub_destroy_context(CUcontext context) {
  const Locked s;
  s->contexts.erase(context);
}

void stub_make_context_current(CUcontext context) {
  const Locked s;
  make_current(*s, context);
}
