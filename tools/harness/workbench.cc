#include "tools/harness/workbench.h"

#include <utility>

namespace jitgemm::harness {

Result<Workbench> Workbench::open(const std::string& driver_path, const std::string& nvrtc_path) {
  Result<GpuPtr> gpu = Gpu::open(driver_path);
  if (!gpu.ok()) return gpu.status();
  return on(*gpu, nvrtc_path);
}

Result<Workbench> Workbench::on(GpuPtr gpu, const std::string& nvrtc_path) {
  Result<OwnedStream> stream = OwnedStream::create(gpu);
  if (!stream.ok()) return stream.status();
  Result<HelperKernels> kernels = HelperKernels::load(gpu, nvrtc_path);
  if (!kernels.ok()) return kernels.status();
  return Workbench{std::move(gpu), *std::move(stream), *std::move(kernels)};
}

Status Workbench::read(const Buffer& from, void* to, size_t bytes) const {
  Status status = gpu->check(
      gpu->driver().cuMemcpyDtoHAsync_v2(to, from.get(), bytes, stream.get()), "cuMemcpyDtoHAsync");
  return status.ok() ? stream.synchronize() : status;
}

Status Workbench::write(const void* from, const Buffer& to, size_t bytes) const {
  Status status = gpu->check(
      gpu->driver().cuMemcpyHtoDAsync_v2(to.get(), from, bytes, stream.get()), "cuMemcpyHtoDAsync");
  return status.ok() ? stream.synchronize() : status;
}

}  // namespace jitgemm::harness
