// Memory, streams, graphs and modules. Memory is a range of addresses that nobody reads, graphs and
// modules are empty, and all work is done at once.

#include "tests/stub_driver/stub_state.h"

using namespace stub;

namespace {

constexpr size_t kTotalBytes = size_t{141} << 30;
constexpr uintptr_t kFirstAddress = 0x700000000000, kFirstStream = 0x800000;
constexpr size_t kAlignment = 512;  // bytes, as cuMemAlloc gives them

}  // namespace

CUresult cuMemAlloc(CUdeviceptr* address, size_t bytes) {
  return call(
      "cuMemAlloc",
      [&](State& s) {
        if (!is_device(s, current_device())) return CUDA_ERROR_INVALID_CONTEXT;
        *address = kFirstAddress + s.allocated;
        s.allocated += (bytes + kAlignment - 1) / kAlignment * kAlignment;
        return CUDA_SUCCESS;
      },
      "{} bytes", bytes);
}

CUresult cuMemFree(CUdeviceptr address) {
  return call(
      "cuMemFree", [](State&) { return CUDA_SUCCESS; }, "{:#x}", address);
}

CUresult cuMemGetInfo(size_t* free, size_t* total) {
  return call(
      "cuMemGetInfo",
      [&](State& s) {
        *total = kTotalBytes;
        *free = kTotalBytes - s.allocated;
        return CUDA_SUCCESS;
      },
      "");
}

CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char byte, size_t bytes, CUstream stream) {
  return call(
      "cuMemsetD8Async", [](State&) { return CUDA_SUCCESS; }, "{} x {:#x} at {:#x}, stream {:#x}",
      bytes, byte, address, number(stream));
}

CUresult cuMemcpyDtoHAsync(void*, CUdeviceptr address, size_t bytes, CUstream) {
  return call(
      "cuMemcpyDtoHAsync", [](State&) { return CUDA_ERROR_INVALID_VALUE; },
      "{} bytes at {:#x}: there are none", bytes, address);
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return call(
      "cuStreamCreate",
      [&](State& s) {
        *stream = handle<CUstream>(kFirstStream + s.streams++);
        return CUDA_SUCCESS;
      },
      "flags {}", flags);
}

CUresult cuStreamDestroy(CUstream stream) {
  return call(
      "cuStreamDestroy", [](State&) { return CUDA_SUCCESS; }, "stream {:#x}", number(stream));
}

CUresult cuStreamSynchronize(CUstream stream) {
  return call(
      "cuStreamSynchronize", [](State&) { return CUDA_SUCCESS; }, "stream {:#x}", number(stream));
}

CUresult cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) {
  return call(
      "cuStreamBeginCapture",
      [&](State& s) {
        s.captures.insert_or_assign(stream, CU_STREAM_CAPTURE_STATUS_ACTIVE);
        return CUDA_SUCCESS;
      },
      "stream {:#x}, mode {}", number(stream), static_cast<int>(mode));
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  return call(
      "cuStreamEndCapture",
      [&](State& s) {
        const auto captured = s.captures.extract(stream);
        if (captured.empty()) return CUDA_ERROR_ILLEGAL_STATE;
        if (captured.mapped() != CU_STREAM_CAPTURE_STATUS_ACTIVE)
          return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        *graph = handle<CUgraph>(1);
        return CUDA_SUCCESS;
      },
      "stream {:#x}", number(stream));
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph, unsigned long long flags) {
  return call(
      "cuGraphInstantiateWithFlags",
      [&](State&) {
        *executable = handle<CUgraphExec>(1);
        return CUDA_SUCCESS;
      },
      "flags {}", flags);
}

CUresult cuGraphLaunch(CUgraphExec, CUstream stream) {
  return call(
      "cuGraphLaunch", [](State&) { return CUDA_SUCCESS; }, "stream {:#x}", number(stream));
}

CUresult cuGraphExecDestroy(CUgraphExec) {
  return call(
      "cuGraphExecDestroy", [](State&) { return CUDA_SUCCESS; }, "");
}

CUresult cuGraphDestroy(CUgraph) {
  return call(
      "cuGraphDestroy", [](State&) { return CUDA_SUCCESS; }, "");
}

CUresult cuModuleLoadData(CUmodule* module, const void*) {
  return call(
      "cuModuleLoadData",
      [&](State&) {
        *module = handle<CUmodule>(1);
        return CUDA_SUCCESS;
      },
      "");
}

CUresult cuModuleUnload(CUmodule) {
  return call(
      "cuModuleUnload", [](State&) { return CUDA_SUCCESS; }, "");
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  return call(
      "cuModuleGetFunction",
      [&](State&) {
        *function = handle<CUfunction>(1);
        return CUDA_SUCCESS;
      },
      "{}", name);
}
