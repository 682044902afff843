#include "src/device/loaded_kernel.h"

#include <string>
#include <utility>

#include "kernels/params.h"
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
  TensorMap a = {}, b = {}, d = {};
};

ScaleView view(const AScale& scale) {
  const bool mn_major = scale.layout == ScaleLayout::kMnMajor;
  return {.base = static_cast<const float*>(scale.data),
          .row_stride = mn_major ? 1 : scale.ld,
          .block_stride = mn_major ? scale.ld : 1};
}

Params params_of(const plan::Operation& gemm, const plan::Overlap& overlap) {
  const auto& [desc, args] = gemm;
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
          .ldb = args.ldb};
}

Status encode(const Driver& driver, const plan::KernelConfig& config, const plan::Operation& gemm,
              Parameters* parameters) {
  Status status = encode_a(driver, config, gemm, &parameters->a);
  if (status.ok()) status = encode_b(driver, config, gemm, &parameters->b);
  if (status.ok() && config.form == Form::kNormal)
    status = encode_d(driver, config, gemm, &parameters->d);
  return status;
}

// What a launch asks for beyond its grid.
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

LoadedKernel::LoadedKernel(std::shared_ptr<const Driver> driver, const plan::KernelConfig& config)
    : driver_(std::move(driver)), config_(config) {}

LoadedKernel::~LoadedKernel() {
  if (library_ == nullptr) return;
  const RelaxedCapture relaxed(*driver_);
  static_cast<void>(driver_->api().cuLibraryUnload(library_));
}

Result<std::shared_ptr<const LoadedKernel>> LoadedKernel::load(std::shared_ptr<const Driver> driver,
                                                               std::string_view cubin,
                                                               const plan::KernelConfig& config) {
  std::shared_ptr<LoadedKernel> kernel(new LoadedKernel(std::move(driver), config));
  if (Status status = kernel->make_ready(cubin); !status.ok()) return status;
  return std::shared_ptr<const LoadedKernel>(std::move(kernel));
}

Status LoadedKernel::make_ready(std::string_view cubin) {
  const DriverApi& cuda = driver_->api();
  Result<CUdevice> device = current_device(*driver_);
  if (!device.ok()) return device.status();
  const RelaxedCapture relaxed(*driver_);
  Status status = driver_->check(
      cuda.cuLibraryLoadData(&library_, cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
      "cuLibraryLoadData");
  if (!status.ok()) return status;
  status = driver_->check(
      cuda.cuLibraryGetKernel(&kernel_, library_, std::string(codegen::kKernelSymbol).c_str()),
      "cuLibraryGetKernel");
  if (!status.ok()) return status;

  // The driver loads lazily: a kernel comes to a context when its function there is first asked
  // for, which must not be in a launch.
  CUfunction function = nullptr;
  status = driver_->check(cuda.cuKernelGetFunction(&function, kernel_), "cuKernelGetFunction");
  if (!status.ok()) return status;
  return driver_->check(cuda.cuKernelSetAttribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                                  config_.shared_bytes(), kernel_, *device),
                        "cuKernelSetAttribute");
}

Status LoadedKernel::launch(const plan::Operation& gemm, Stream stream, int sms,
                            const plan::Overlap& overlap) const {
  Parameters parameters = {.params = params_of(gemm, fitted(overlap, config_, gemm.desc.k))};
  if (Status status = encode(*driver_, config_, gemm, &parameters); !status.ok()) return status;
  void* pointers[] = {&parameters.params, &parameters.a, &parameters.b, &parameters.d};

  const plan::Grid grid = plan::grid_for(config_, gemm.desc, gemm.args.m, sms);
  LaunchAttributes attributes(grid, gemm.args.pdl);
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
  // A CUkernel passes for a CUfunction: the driver takes its function in the launch's context.
  const CUresult result = driver_->api().cuLaunchKernelEx(
      &launch, reinterpret_cast<CUfunction>(kernel_), pointers, nullptr);
  if (result == CUDA_SUCCESS) launches_.fetch_add(1, std::memory_order_relaxed);
  return driver_->check(result, "cuLaunchKernelEx");
}

}  // namespace jitgemm::device
