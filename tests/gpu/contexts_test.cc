// Several contexts of one device: each is prepared by itself, also one at the address of a
// destroyed context. And the cost of the driver's call that tells a launch its context.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>

#include "src/device/gpu.h"
#include "tests/gpu/gpu_test.h"
#include "tools/harness/operands.h"

namespace jitgemm {
namespace {

using harness::Workbench;
using Clock = std::chrono::steady_clock;
using ContextPtr =
    std::unique_ptr<std::remove_pointer_t<CUcontext>, std::function<void(CUcontext)>>;

constexpr GemmDesc kDesc = {.n = 576, .k = 1040};
constexpr int64_t kRows = 132;

// Operands of one GEMM, and its reference, in the memory of one context.
struct Data {
  static Result<Data> make(const Workbench& here) {
    auto weights = harness::Weights::generate(here, kDesc, 1);
    if (!weights.ok()) return weights.status();
    auto activations = harness::Activations::generate(here, {.rows = kRows, .k = kDesc.k});
    if (!activations.ok()) return activations.status();
    auto outputs = harness::Outputs::allocate(here, {.rows = kRows, .n = kDesc.n});
    if (!outputs.ok()) return outputs.status();
    auto reference = harness::Reference::compute(here, *weights, *activations);
    if (!reference.ok()) return reference.status();
    return Data{*std::move(weights), *std::move(activations), *std::move(outputs),
                *std::move(reference)};
  }
  harness::Operands operands(int64_t m) const {
    return {.weights = weights, .activations = activations, .outputs = outputs, .m = m};
  }

  harness::Weights weights;
  harness::Activations activations;
  harness::Outputs outputs;
  harness::Reference reference;
};

class GpuContextsTest : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const auto opened = device::Driver::open(test_options(Form::kAuto).driver_path);
    JITGEMM_ASSERT_OK(opened);
    driver = *opened;
  }

  static Gemm make_gemm(Form form) {
    const Result<Library> library = Library::open(test_options(form));
    EXPECT_TRUE(library.ok()) << library.status().message();
    const Result<Gemm> gemm = library->gemm(kDesc);
    EXPECT_TRUE(gemm.ok()) << gemm.status().message();
    return *gemm;
  }

  // Another context of the device, current in this thread until it is destroyed.
  ContextPtr make_context() const {
    const auto create = reinterpret_cast<CUresult (*)(CUcontext*, unsigned, CUdevice)>(
        driver->symbol("cuCtxCreate_v2"));
    const auto destroy =
        reinterpret_cast<CUresult (*)(CUcontext)>(driver->symbol("cuCtxDestroy_v2"));
    CUcontext context = nullptr;
    EXPECT_EQ(create(&context, 0, *device::current_device(*driver)), CUDA_SUCCESS);
    return {context, [this, destroy](CUcontext made) {
              EXPECT_EQ(destroy(made), CUDA_SUCCESS);
              EXPECT_TRUE(bench().gpu->make_current().ok());
            }};
  }

  // A workbench whose stream, kernels and memory are in the current context.
  Result<Workbench> bench_here() const {
    return Workbench::on(bench().gpu, test_options(Form::kAuto).nvrtc_path);
  }

  // Launches with few and with many tokens in the current context, and checks the results.
  static void expect_right(const Workbench& here, const Gemm& gemm, MissPolicy on_miss) {
    const Result<Data> data = Data::make(here);
    JITGEMM_ASSERT_OK(data);
    for (int64_t m : {int64_t{1}, int64_t{64}, kRows}) {
      SCOPED_TRACE(gemm.kernel_name(m));
      const auto check = harness::launch_and_check(here, data->reference, data->operands(m),
                                                   [&](GemmArgs args, Stream stream) {
                                                     args.on_miss = on_miss;
                                                     return gemm.launch(args, stream);
                                                   });
      JITGEMM_ASSERT_OK(check);
      EXPECT_EQ(check->failure(), "");
    }
  }

  // That the current context has no kernel.
  static void expect_not_ready(const Workbench& here, const Gemm& gemm) {
    const Result<Data> data = Data::make(here);
    JITGEMM_ASSERT_OK(data);
    GemmArgs args = data->operands(1).args(0);
    args.on_miss = MissPolicy::kFail;
    EXPECT_EQ(gemm.launch(args, here.stream.get()).code(), StatusCode::kNotReady);
  }

  std::shared_ptr<const device::Driver> driver;
};

// In the second context, launches load the kernels that are missing there.
TEST_F(GpuContextsTest, EachIsPreparedByItself) {
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    const Gemm gemm = make_gemm(form);
    JITGEMM_ASSERT_OK_STATUS(gemm.prepare(kRows));
    const ContextPtr context = make_context();
    const Result<Workbench> here = bench_here();
    JITGEMM_ASSERT_OK(here);
    expect_not_ready(*here, gemm);
    expect_right(*here, gemm, MissPolicy::kCompile);
    expect_right(*here, gemm, MissPolicy::kFail);
    JITGEMM_ASSERT_OK_STATUS(bench().gpu->make_current());
    expect_right(bench(), gemm, MissPolicy::kFail);
    ASSERT_EQ(bench().gpu->driver().cuCtxSetCurrent(context.get()), CUDA_SUCCESS);
    if (HasFailure()) return;
  }
}

// The driver may give a new context the address of a destroyed one: then only the id differs.
TEST_F(GpuContextsTest, ANewContextIsPreparedAfreshAtAnyAddress) {
  const Gemm gemm = make_gemm(Form::kAuto);
  CUcontext last = nullptr;
  int reused = 0;
  for (int i = 0; i < 4; ++i) {
    const ContextPtr context = make_context();
    reused += context.get() == last;
    last = context.get();
    const Result<Workbench> here = bench_here();
    JITGEMM_ASSERT_OK(here);
    expect_not_ready(*here, gemm);
    JITGEMM_ASSERT_OK_STATUS(gemm.prepare(kRows));
    expect_right(*here, gemm, MissPolicy::kFail);
    if (HasFailure()) return;
  }
  fmt::print("{} of 3 new contexts had the address of the one before\n", reused);
}

TEST_F(GpuContextsTest, ItsIdCostsALaunchLittle) {
  const Gemm gemm = make_gemm(Form::kAuto);
  JITGEMM_ASSERT_OK_STATUS(gemm.prepare(1));
  const Result<Data> data = Data::make(bench());
  JITGEMM_ASSERT_OK(data);
  const GemmArgs args = data->operands(1).args(0);
  bool ok = true;
  const auto best_ns = [&](int calls, const auto& call) {
    double best = 1e12;
    for (int batch = 0; batch < 50; ++batch) {
      const Clock::time_point start = Clock::now();
      for (int i = 0; i < calls; ++i) ok = call() && ok;
      const std::chrono::duration<double, std::nano> took = Clock::now() - start;
      best = std::min(best, took.count() / calls);
      ok = bench().stream.synchronize().ok() && ok;
    }
    return best;
  };
  const double id_ns = best_ns(1000, [&] { return device::current_context_id(*driver).ok(); });
  const double launch_ns =
      best_ns(100, [&] { return gemm.launch(args, bench().stream.get()).ok(); });
  EXPECT_TRUE(ok);
  fmt::print("cuCtxGetId {:.0f} ns of the {:.0f} ns that a launch costs the host\n", id_ns,
             launch_ns);
  EXPECT_LT(id_ns, launch_ns / 4);
}

}  // namespace
}  // namespace jitgemm
