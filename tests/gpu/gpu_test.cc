#include "tests/gpu/gpu_test.h"

#include <cstdlib>
#include <string>

namespace jitgemm {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Never destroyed: the driver may be gone by the time statics are.
const Result<harness::Workbench>& test_bench() {
  static const auto& bench = *new Result<harness::Workbench>(
      harness::Workbench::on(*test_gpu(), environment("JITGEMM_NVRTC")));
  return bench;
}

}  // namespace

const Result<harness::GpuPtr>& test_gpu() {
  static const auto& gpu =
      *new Result<harness::GpuPtr>(harness::Gpu::open(environment("JITGEMM_DRIVER")));
  return gpu;
}

Options test_options(Form form) {
  return {.nvrtc_path = environment("JITGEMM_NVRTC"),
          .driver_path = environment("JITGEMM_DRIVER"),
          .form = form};
}

harness::Launch launcher(const Gemm& gemm) {
  return [gemm](const GemmArgs& args, Stream stream) { return gemm.launch(args, stream); };
}

void GpuTest::SetUp() {
  const Result<harness::GpuPtr>& gpu = test_gpu();
  if (!gpu.ok()) {
    const StatusCode code = gpu.status().code();
    if (code == StatusCode::kMissing || code == StatusCode::kUnsupportedDevice)
      GTEST_SKIP() << "no Hopper GPU: " << gpu.status().message();
    FAIL() << gpu.status().message();
  }
  JITGEMM_ASSERT_OK_STATUS((*gpu)->make_current());
  JITGEMM_ASSERT_OK(test_bench());
  bench_ = &*test_bench();
}

}  // namespace jitgemm
