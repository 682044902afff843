#include "tests/gpu/unfused.h"

#include <cstdlib>

#include "src/compile/nvrtc.h"

namespace jitgemm {
namespace {

constexpr unsigned kThreads = 256;

constexpr char kSource[] = R"(
__device__ float from_bf16(unsigned short bits) { return __uint_as_float((unsigned)bits << 16); }
__device__ unsigned short to_bf16(float x) {
  if (x != x) return 0x7fff;
  const unsigned bits = __float_as_uint(x);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
__device__ float silu(float x) { return x / (1.f + expf(-x)); }
__device__ float gelu(float x) {
  const float beta = 0.7978845608028654f, kappa = 0.044715f;
  const float inner = beta * (x + kappa * (x * x * x));
  return 0.5f * x * (1.f + tanhf(inner));
}
extern "C" __global__ void unfused(int gelu_form, const unsigned short* gate,
                                   const unsigned short* up, unsigned short* to, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const float x = from_bf16(gate[i]);
  const unsigned short activation = to_bf16(gelu_form ? gelu(x) : silu(x));
  to[i] = to_bf16(from_bf16(activation) * from_bf16(up[i]));
})";

Result<harness::Buffer> upload(const harness::Workbench& bench,
                               const std::vector<uint16_t>& values) {
  Result<harness::Buffer> buffer = bench.allocate(values.size() * 2);
  if (!buffer.ok()) return buffer;
  if (Status status = bench.write(values.data(), *buffer, values.size() * 2); !status.ok())
    return status;
  return buffer;
}

Result<CUmodule> load(const harness::Workbench& bench) {
  const char* nvrtc_path = std::getenv("JITGEMM_NVRTC");
  const auto nvrtc = compile::Nvrtc::open(nvrtc_path == nullptr ? "" : nvrtc_path);
  if (!nvrtc.ok()) return nvrtc.status();
  const auto compiled =
      (*nvrtc)->compile({.text = kSource, .headers = {}}, harness::helper_options());
  if (!compiled.ok()) return compiled.status();
  CUmodule module = nullptr;
  const auto& gpu = *bench.gpu;
  Status status =
      gpu.check(gpu.driver().cuModuleLoadData(&module, compiled->cubin.data()), "cuModuleLoadData");
  if (!status.ok()) return status;
  return module;
}

}  // namespace

Result<std::vector<uint16_t>> unfused(const harness::Workbench& bench, QuantizeOp op,
                                      const std::vector<uint16_t>& gate,
                                      const std::vector<uint16_t>& up) {
  static const Result<CUmodule> module = load(bench);
  if (!module.ok()) return module.status();
  const auto& gpu = *bench.gpu;
  CUfunction function = nullptr;
  Status status =
      gpu.check(gpu.driver().cuModuleGetFunction(&function, *module, "unfused"), "unfused");
  const auto gates = upload(bench, gate), ups = upload(bench, up), to = upload(bench, up);
  for (const auto* buffer : {&gates, &ups, &to})
    if (status.ok()) status = buffer->status();
  if (!status.ok()) return status;
  int gelu_form = op == QuantizeOp::kGeluMul ? 1 : 0, count = static_cast<int>(gate.size());
  CUdeviceptr addresses[] = {gates->get(), ups->get(), to->get()};
  void* parameters[] = {&gelu_form, &addresses[0], &addresses[1], &addresses[2], &count};
  CUlaunchConfig config = {};
  config.gridDimX = (static_cast<unsigned>(count) + kThreads - 1) / kThreads;
  config.gridDimY = config.gridDimZ = 1;
  config.blockDimX = kThreads;
  config.blockDimY = config.blockDimZ = 1;
  config.hStream = bench.stream.get();
  status = gpu.check(gpu.driver().cuLaunchKernelEx(&config, function, parameters, nullptr),
                     "cuLaunchKernelEx");
  std::vector<uint16_t> result(gate.size());
  if (status.ok()) status = bench.read(*to, result.data(), result.size() * 2);
  if (!status.ok()) return status;
  return result;
}

}  // namespace jitgemm
