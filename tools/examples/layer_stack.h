// What the example server multiplies: a stack of layers on each GPU, and a CUDA graph of it per
// batch size. All operands hold one constant: their values do not change the time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <jitgemm/library.h>
#include "tools/harness/buffer.h"
#include "tools/harness/stream.h"

namespace jitgemm::example {

// The dense layers of DeepSeek-V3 with tensor parallelism 8.
inline const std::vector<GemmDesc> kShapes = {
    {.n = 2112, .k = 7168}, {.n = 3072, .k = 1536}, {.n = 576, .k = 7168},
    {.n = 4096, .k = 512},  {.n = 7168, .k = 2048}, {.n = 4608, .k = 7168},
    {.n = 7168, .k = 2304}, {.n = 512, .k = 7168},  {.n = 7168, .k = 256}};
constexpr int64_t kMaxTokens = 8192, kMaxK = 7168, kMaxN = 7168;
constexpr int kLayers = 4;       // each with its own weights, so that they come from memory
constexpr uint8_t kByte = 0x38;  // 1.0 in e4m3, 4.4e-5 in fp32

// Ends the program when a Status is not ok.
struct Failure {
  Status status;
};
inline void must(const Status& status) {
  if (!status.ok()) throw Failure{status};
}
template <typename T>
T must(Result<T> result) {
  must(result.status());
  return *std::move(result);
}

inline harness::Buffer filled(const harness::GpuPtr& gpu, int64_t bytes) {
  harness::Buffer buffer = must(harness::Buffer::allocate(gpu, static_cast<size_t>(bytes)));
  must(buffer.fill(kByte, nullptr));
  return buffer;
}

// One GEMM of the stack.
struct Layer {
  GemmDesc desc;
  harness::Buffer weight, scales;
};

// A device with its weights, and a handle for each shape once the kernels are made.
struct Device {
  harness::GpuPtr gpu;
  std::vector<Layer> layers;
  std::vector<Gemm> gemms;  // of kShapes

  explicit Device(harness::GpuPtr opened) : gpu(std::move(opened)) {
    for (int layer = 0; layer < kLayers; ++layer)
      for (const GemmDesc& desc : kShapes) {
        const int64_t blocks = (desc.n + 127) / 128 * ((desc.k + 127) / 128);
        layers.push_back({desc, filled(gpu, desc.n * desc.k), filled(gpu, blocks * 4)});
      }
  }
};

// One serving thread: a stream, the activations, and a graph of the stack per batch size.
class Server {
 public:
  Server(const Device& device, const std::vector<int64_t>& batches)
      : device_(device), stream_(must(harness::OwnedStream::create(device.gpu))) {
    const int64_t most = *std::max_element(batches.begin(), batches.end());
    a_ = filled(device.gpu, most * kMaxK);
    a_scales_ = filled(device.gpu, (most + 3) * kMaxK / 128 * 4);
    d_ = filled(device.gpu, most * kMaxN * 2);
    for (int64_t batch : batches)
      graphs_.emplace(batch,
                      must(harness::Graph::capture(device.gpu, stream_.get(), [&](CUstream stream) {
                        return enqueue(batch, stream);
                      })));
  }

  // Runs one decoding step and waits for it.
  void step(int64_t batch) const {
    must(graphs_.at(batch).replay(stream_.get()));
    must(stream_.synchronize());
  }

 private:
  Status enqueue(int64_t batch, CUstream stream) const {
    for (size_t i = 0; i < device_.layers.size(); ++i) {
      const Layer& layer = device_.layers[i];
      const Status status = device_.gemms[i % kShapes.size()].launch(
          {.m = batch,
           .a = a_.at(),
           .a_scale = AScale::mn_major(a_scales_.at(), (batch + 3) / 4 * 4),
           .b = layer.weight.at(),
           .b_scale = layer.scales.at(),
           .d = d_.at(),
           .pdl = true},
          stream);
      if (!status.ok()) return status;
    }
    return {};
  }

  const Device& device_;
  harness::OwnedStream stream_;
  harness::Buffer a_, a_scales_, d_;
  std::map<int64_t, harness::Graph> graphs_;
};

}  // namespace jitgemm::example
