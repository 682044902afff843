// Memory, streams, graphs and modules. Memory is a range of addresses; whatever is read there is
// the tally of a check (tools/harness). The first STUB_CUDA_WRONG of them are of wrong results.

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "tests/stub_driver/stub_state.h"

using namespace stub;

namespace {

constexpr size_t kTotalBytes = size_t{141} << 30;
constexpr uintptr_t kFirstAddress = 0x700000000000, kFirstStream = 0x800000;
constexpr size_t kAlignment = 512;  // bytes, as cuMemAlloc gives them

}  // namespace

CUresult cuMemAlloc(CUdeviceptr* address, size_t bytes) {
  return Call("cuMemAlloc", "{} bytes", bytes).run([&](State& s) {
    if (!is_device(s, current_device())) return CUDA_ERROR_INVALID_CONTEXT;
    *address = kFirstAddress + s.allocated;
    s.allocated += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return CUDA_SUCCESS;
  });
}

CUresult cuMemFree(CUdeviceptr address) { return Call("cuMemFree", "{:#x}", address).succeed(); }

CUresult cuMemGetInfo(size_t* free, size_t* total) {
  return Call("cuMemGetInfo", "").run([&](State& s) {
    *total = kTotalBytes;
    *free = kTotalBytes - s.allocated;
  });
}

CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char byte, size_t bytes, CUstream stream) {
  return Call("cuMemsetD8Async", "{} x {:#x} at {:#x}, stream {:#x}", bytes, byte, address,
              number(stream))
      .succeed();
}

CUresult cuMemcpyDtoHAsync(void* to, CUdeviceptr address, size_t bytes, CUstream) {
  return Call("cuMemcpyDtoHAsync", "{} bytes at {:#x}", bytes, address).run([&](State&) {
    static const char* const given = std::getenv("STUB_CUDA_WRONG");
    static int wrong = given == nullptr ? 0 : std::atoi(given);
    constexpr uint64_t kWorst = 2053;  // element of D; half of its bound, in the upper bits
    const uint64_t tally[5] = {std::bit_cast<uint64_t>(wrong-- > 0 ? 1.0 : 1e-6),
                               std::bit_cast<uint64_t>(1.0),
                               uint64_t{std::bit_cast<uint32_t>(0.5f)} << 32 | kWorst};
    std::memcpy(to, tally, std::min(bytes, sizeof tally));
  });
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr address, const void*, size_t bytes, CUstream) {
  return Call("cuMemcpyHtoDAsync", "{} bytes to {:#x}", bytes, address).succeed();
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return Call("cuStreamCreate", "flags {}", flags).run([&](State& s) {
    *stream = handle<CUstream>(kFirstStream + s.streams++);
  });
}

CUresult cuStreamDestroy(CUstream stream) {
  return Call("cuStreamDestroy", "stream {:#x}", number(stream)).succeed();
}

CUresult cuStreamSynchronize(CUstream stream) {
  return Call("cuStreamSynchronize", "stream {:#x}", number(stream)).succeed();
}

CUresult cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) {
  return Call("cuStreamBeginCapture", "stream {:#x}, mode {}", number(stream),
              static_cast<int>(mode))
      .run([&](State& s) {
        s.captures.insert_or_assign(stream, CU_STREAM_CAPTURE_STATUS_ACTIVE);
        s.captured_us = 0;
      });
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  return Call("cuStreamEndCapture", "stream {:#x}", number(stream)).run([&](State& s) {
    const auto captured = s.captures.extract(stream);
    if (captured.empty()) return CUDA_ERROR_ILLEGAL_STATE;
    if (captured.mapped() != CU_STREAM_CAPTURE_STATUS_ACTIVE)
      return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    s.graphs.push_back({s.captured_us});
    *graph = handle<CUgraph>(s.graphs.size());
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph,
                                     unsigned long long flags) {
  return Call("cuGraphInstantiateWithFlags", "flags {}", flags).run([&](State&) {
    *executable = handle<CUgraphExec>(number(graph));
  });
}

CUresult cuGraphLaunch(CUgraphExec graph, CUstream stream) {
  return Call("cuGraphLaunch", "stream {:#x}", number(stream)).run([&](State& s) {
    replay(s, s.graphs[number(graph) - 1]);
  });
}

CUresult cuGraphExecDestroy(CUgraphExec) { return Call("cuGraphExecDestroy", "").succeed(); }

CUresult cuGraphDestroy(CUgraph) { return Call("cuGraphDestroy", "").succeed(); }

CUresult cuModuleLoadData(CUmodule* module, const void*) {
  return Call("cuModuleLoadData", "").run([&](State&) { *module = handle<CUmodule>(1); });
}

CUresult cuModuleUnload(CUmodule) { return Call("cuModuleUnload", "").succeed(); }

CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  return Call("cuModuleGetFunction", "{}", name).run([&](State&) {
    *function = handle<CUfunction>(1);
  });
}
