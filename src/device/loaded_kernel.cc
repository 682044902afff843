#include "src/device/loaded_kernel.h"

#include <string>
#include <utility>

#include "kernels/layout.h"
#include "kernels/params.h"
#include "kernels/quantize.h"
#include "src/codegen/source.h"
#include "src/device/capture.h"
#include "src/device/gpu.h"
#include "src/device/tensor_map.h"
#include "src/plan/plan.h"

namespace jitgemm::device {
namespace {

// The parameters of jitgemm_kernel, in order.
struct Parameters {
  Params params = {};
  TensorMap a = {}, b = {}, d = {}, s = {};
};

ScaleView view(const AScale& scale) {
  const bool mn_major = scale.layout == ScaleLayout::kMnMajor;
  return {.base = static_cast<const float*>(scale.data),
          .row_stride = mn_major ? 1 : scale.ld,
          .block_stride = mn_major ? scale.ld : 1};
}

Params params_of(const plan::KernelConfig& config, const plan::Operation& gemm,
                 const plan::Overlap& overlap) {
  const auto& [desc, args] = gemm;
  const bool mn_major = args.a_scale.layout == ScaleLayout::kMnMajor;
  return {.a_scale = view(args.a_scale),
          .b_scale = static_cast<const float*>(args.b_scale),
          .d = static_cast<unsigned short*>(args.d),
          .ldd = args.ldd,
          .m = static_cast<int>(args.m),
          .stages_ahead = overlap.stages_ahead,
          .stages_fetched = overlap.stages_fetched,
          .release_early = overlap.release_early,
          .n = static_cast<int>(desc.n),
          .k = static_cast<int>(desc.k),
          .b = static_cast<const unsigned char*>(args.b),
          .ldb = args.ldb,
          .bias = args.bias,
          .scales_mn_major = mn_major,
          .scales_by_tma = fits_tma(args.a_scale),
          .scale_row_bytes = 4 * (mn_major ? 1 : NormalLayout::kScaleBlocks),
          .scale_block_bytes = 4 * (mn_major ? config.tile_m : 1)};
}

QuantizeParams params_of(const QuantizeArgs& args) {
  const bool mn_major = args.scale.layout == ScaleLayout::kMnMajor;
  return {.x = args.x,
          .ldx = args.ldx,
          .q = static_cast<unsigned char*>(args.q),
          .ldq = args.ldq,
          .scales = static_cast<float*>(args.scale.data),
          .row_stride = mn_major ? 1 : args.scale.ld,
          .block_stride = mn_major ? args.scale.ld : 1,
          .m = static_cast<int>(args.m),
          .scale_tokens = static_cast<int>(mn_major ? (args.m + 3) / 4 * 4 : args.m),
          .epsilon = args.epsilon,
          .weight = args.weight,
          .residual = static_cast<unsigned short*>(args.residual),
          .ldr = args.ldr,
          .y = static_cast<unsigned short*>(args.y),
          .ldy = args.ldy};
}

Status encode(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
              Parameters* parameters) {
  Status status = encode_a(driver, config, gemm, &parameters->a);
  if (status.ok()) status = encode_b(driver, config, gemm, &parameters->b);
  if (status.ok() && config.form == Form::kNormal)
    status = encode_d(driver, config, gemm, &parameters->d);
  if (status.ok() && config.form == Form::kNormal && parameters->params.scales_by_tma)
    status = encode_s(driver, config, gemm, &parameters->s);
  return status;
}

// The launch attributes: a cluster dimension and programmatic dependent launch, where needed.
class LaunchAttributes {
 public:
  LaunchAttributes(const plan::Grid& grid, bool pdl) {
    if (grid.cluster > 1) {
      CUlaunchAttribute& cluster = add(CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
      cluster.value.clusterDim = {grid.cluster, 1, 1};
    }
    if (pdl)
      add(CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
          .value.programmaticStreamSerializationAllowed = 1;
  }

  CUlaunchAttribute* data() { return attributes_; }
  unsigned count() const { return count_; }

 private:
  CUlaunchAttribute& add(CUlaunchAttributeID id) {
    attributes_[count_].id = id;
    return attributes_[count_++];
  }

  CUlaunchAttribute attributes_[2] = {};
  unsigned count_ = 0;
};

}  // namespace

LoadedKernel::Image::Image(std::shared_ptr<const Driver> driver, const plan::Kernel& kernel)
    : driver(std::move(driver)), kernel(kernel) {}

LoadedKernel::Image::~Image() {
  if (library == nullptr) return;
  const RelaxedCapture relaxed(*driver);
  static_cast<void>(driver->api().cuLibraryUnload(library));
}

Status LoadedKernel::Image::load(std::string_view cubin) {
  const RelaxedCapture relaxed(*driver);
  Status status = driver->check(driver->api().cuLibraryLoadData(&library, cubin.data(), nullptr,
                                                                nullptr, 0, nullptr, nullptr, 0),
                                "cuLibraryLoadData");
  if (!status.ok()) return status;
  return driver->check(driver->api().cuLibraryGetKernel(
                           &function, library, std::string(codegen::kKernelSymbol).c_str()),
                       "cuLibraryGetKernel");
}

// The driver loads a kernel into a context lazily, when its function is first resolved there. Doing
// it here keeps that out of the first launch.
Status LoadedKernel::Image::make_ready() const {
  Result<CUdevice> device = current_device(*driver);
  if (!device.ok()) return device.status();
  const RelaxedCapture relaxed(*driver);
  CUfunction resolved = nullptr;
  Status status =
      driver->check(driver->api().cuKernelGetFunction(&resolved, function), "cuKernelGetFunction");
  if (!status.ok()) return status;
  return driver->check(
      driver->api().cuKernelSetAttribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                         plan::shared_bytes_of(kernel), function, *device),
      "cuKernelSetAttribute");
}

LoadedKernel::LoadedKernel(std::shared_ptr<const Image> image, uint64_t context)
    : image_(std::move(image)), context_(context) {}

Result<std::shared_ptr<const LoadedKernel>> LoadedKernel::load(std::shared_ptr<const Driver> driver,
                                                               std::string_view cubin,
                                                               const plan::Kernel& kernel) {
  const auto image = std::make_shared<Image>(std::move(driver), kernel);
  if (Status status = image->load(cubin); !status.ok()) return status;
  return ready(image);
}

Result<std::shared_ptr<const LoadedKernel>> LoadedKernel::in_current_context() const {
  return ready(image_);
}

Result<std::shared_ptr<const LoadedKernel>> LoadedKernel::ready(
    std::shared_ptr<const Image> image) {
  const Result<uint64_t> context = current_context_id(*image->driver);
  if (!context.ok()) return context.status();
  if (Status status = image->make_ready(); !status.ok()) return status;
  return std::shared_ptr<const LoadedKernel>(new LoadedKernel(std::move(image), *context));
}

Status LoadedKernel::launch(const plan::Operation& gemm, Stream stream, int sms,
                            const plan::Overlap& overlap) const {
  const auto& config = std::get<plan::KernelConfig>(image_->kernel);
  Parameters parameters = {.params = params_of(config, gemm, fitted(overlap, config, gemm.desc.k))};
  if (Status status = encode(*image_->driver, config, gemm, &parameters); !status.ok())
    return status;
  void* pointers[] = {&parameters.params, &parameters.a, &parameters.b, &parameters.d,
                      &parameters.s};
  return enqueue(plan::grid_for(config, gemm.desc, gemm.args.m, sms), gemm.args.pdl, pointers,
                 stream);
}

Status LoadedKernel::launch(const plan::Quantization& quantization, Stream stream, int sms) const {
  const auto& [desc, args] = quantization;
  QuantizeParams params = params_of(args);
  void* pointers[] = {&params};
  return enqueue(plan::grid_for(desc, args.m, sms), args.pdl, pointers, stream);
}

Status LoadedKernel::enqueue(const plan::Grid& grid, bool pdl, void** parameters,
                             Stream stream) const {
  const Driver& driver = *image_->driver;
  LaunchAttributes attributes(grid, pdl);
  const CUlaunchConfig launch = {.gridDimX = grid.x,
                                 .gridDimY = grid.y,
                                 .gridDimZ = grid.z,
                                 .blockDimX = grid.block,
                                 .blockDimY = 1,
                                 .blockDimZ = 1,
                                 .sharedMemBytes = grid.shared_bytes,
                                 .hStream = static_cast<CUstream>(stream),
                                 .attrs = attributes.data(),
                                 .numAttrs = attributes.count()};
  // The driver accepts a CUkernel as a CUfunction and takes its function in the launch's context.
  const CUresult result = driver.api().cuLaunchKernelEx(
      &launch, reinterpret_cast<CUfunction>(image_->function), parameters, nullptr);
  if (result == CUDA_SUCCESS) launches_.fetch_add(1, std::memory_order_relaxed);
  return driver.check(result, "cuLaunchKernelEx");
}

}  // namespace jitgemm::device
