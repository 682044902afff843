#include "tools/harness/helper_kernels.h"

#include <algorithm>
#include <utility>

#include "src/compile/nvrtc.h"

namespace jitgemm::harness {
namespace {

constexpr unsigned kThreads = 256;         // of every helper kernel's block
constexpr int kTileM = 128, kTileN = 64;   // of D, of a block of reference_gemm
constexpr unsigned kSweepBlocksPerSm = 8;  // of kernels that sweep memory
constexpr unsigned kReadBlocksPerSm = 4;

unsigned blocks(int64_t work, int64_t per_block) {
  return static_cast<unsigned>((work + per_block - 1) / per_block);
}

}  // namespace

Result<HelperKernels> HelperKernels::load(GpuPtr gpu, const std::string& nvrtc_path) {
  Result<std::shared_ptr<compile::Nvrtc>> nvrtc = compile::Nvrtc::open(nvrtc_path);
  if (!nvrtc.ok()) return nvrtc.status();
  Result<compile::Compiled> compiled =
      (*nvrtc)->compile({.text = kHelperSource, .headers = {}}, helper_options());
  if (!compiled.ok()) return compiled.status();
  Result<Buffer> sink = Buffer::allocate(gpu, sizeof(uint32_t));
  if (!sink.ok()) return sink.status();
  CUmodule module = nullptr;
  Status status = gpu->check(gpu->driver().cuModuleLoadData(&module, compiled->cubin.data()),
                             "cuModuleLoadData");
  if (!status.ok()) return status;

  HelperKernels kernels;
  kernels.gpu_ = gpu;
  kernels.sink_ = *std::move(sink);
  kernels.module_ = {gpu, module};
  const std::pair<CUfunction*, const char*> wanted[] = {
      {&kernels.quantise_, "quantise"},
      {&kernels.normal_, "fill_normal"},
      {&kernels.reference_, "reference_gemm"},
      {&kernels.compare_, "compare"},
      {&kernels.differences_, "count_differences"},
      {&kernels.read_, "read_only"}};
  for (const auto& [function, name] : wanted)
    if (status.ok())
      status = gpu->check(gpu->driver().cuModuleGetFunction(function, module, name), name);
  if (!status.ok()) return status;
  return kernels;
}

// The types of `args` must be those of the kernel's parameters.
template <typename... Args>
Status HelperKernels::launch(CUfunction kernel, const Grid& grid, CUstream stream,
                             Args... args) const {
  void* parameters[] = {&args...};
  CUlaunchAttribute pdl = {};
  pdl.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  pdl.value.programmaticStreamSerializationAllowed = 1;
  CUlaunchConfig config = {};
  config.gridDimX = grid.x;
  config.gridDimY = grid.y;
  config.gridDimZ = 1;
  config.blockDimX = kThreads;
  config.blockDimY = config.blockDimZ = 1;
  config.hStream = stream;
  config.attrs = &pdl;
  config.numAttrs = grid.pdl ? 1 : 0;
  return gpu_->check(gpu_->driver().cuLaunchKernelEx(&config, kernel, parameters, nullptr),
                     "cuLaunchKernelEx of a helper kernel");
}

Status HelperKernels::quantise(const Quantise& job, CUstream stream) const {
  const Matrix& x = job.matrix;
  return launch(quantise_, {blocks(x.rows, job.block_rows), blocks(x.k, kScaleBlock)}, stream,
                x.data, x.ld, x.rows, static_cast<int>(x.k), job.block_rows, job.seed,
                job.scales.base, job.scales.row_stride, job.scales.block_stride, job.twin.base,
                job.twin.row_stride, job.twin.block_stride);
}

Status HelperKernels::fill_normal(const Normal& job, CUstream stream) const {
  return launch(normal_, {gpu_->sms() * kSweepBlocksPerSm}, stream, job.to, job.count, job.seed);
}

Status HelperKernels::reference(const Reference& job, CUstream stream) const {
  const int64_t m = job.a.rows, n = job.b.rows;
  return launch(reference_, {blocks(m, kTileM), blocks(n, kTileN)}, stream, job.a.data, job.a.ld,
                job.a_scales.base, job.a_scales.row_stride, job.a_scales.block_stride, job.b.data,
                job.b.ld, job.b_scales.base, job.b_scales.row_stride, job.sum, job.magnitude, m, n,
                static_cast<int>(job.a.k));
}

Status HelperKernels::compare(const Compare& job, CUstream stream) const {
  const Region& d = job.d;
  return launch(compare_, {gpu_->sms() * kSweepBlocksPerSm}, stream, d.memory, d.elements, d.first,
                d.ldd, d.m, d.n, job.sum, job.magnitude, job.tally);
}

Status HelperKernels::count_differences(const Region& x, const Region& y, uint64_t* count,
                                        CUstream stream) const {
  return launch(differences_, {gpu_->sms() * kSweepBlocksPerSm}, stream, x.memory, y.memory,
                std::min(x.elements, y.elements), count);
}

Status HelperKernels::read_only(const Read& job, CUstream stream) const {
  const int64_t pieces = job.bytes / 16;
  const unsigned grid = std::min(blocks(pieces, kThreads), gpu_->sms() * kReadBlocksPerSm);
  return launch(read_, {.x = grid, .pdl = job.pdl}, stream, job.data, pieces, sink_.at<uint32_t>());
}

}  // namespace jitgemm::harness
