#include "src/device/loaded_kernel.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/plan/config_name.h"
#include "tests/message.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

using ::testing::Contains, ::testing::ElementsAre, ::testing::StartsWith;

const plan::KernelConfig kConfig =
    *plan::parse_config_name("n7168_k2048_swapped_t16x64_s1_k4_p4_w1_b1");
constexpr GemmDesc kDesc = {.n = 7168, .k = 2048};
const std::string kCubin = "a cubin";

class LoadedKernelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Driver::open(StubDriver::path());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    driver = *opened;
  }

  Result<std::shared_ptr<const LoadedKernel>> load() const {
    return LoadedKernel::load(driver, kCubin, kConfig);
  }

  // Calls made by `action`.
  template <typename Action>
  std::vector<std::string> calls_of(Action action) const {
    const size_t before = stub.calls().size();
    action();
    std::vector<std::string> calls = stub.calls();
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
    return calls;
  }

  StubDriver stub;
  std::shared_ptr<const Driver> driver;
};

GemmArgs some_args(const GemmDesc& desc = kDesc) {
  GemmArgs args = jitgemm::some_args(7);
  args.lda = args.ldb = desc.k;
  args.ldd = desc.n;
  return args;
}

TEST_F(LoadedKernelTest, LoadsOnceAndGrantsItsSharedMemory) {
  const std::string bytes = std::to_string(kConfig.shared_bytes());
  Result<std::shared_ptr<const LoadedKernel>> kernel = Status(StatusCode::kInternal, "not loaded");
  EXPECT_THAT(
      calls_of([&] { kernel = load(); }),
      ElementsAre("cuThreadExchangeStreamCaptureMode(mode 2)", "cuLibraryLoadData(0 options)",
                  "cuLibraryGetKernel(library 1, jitgemm_kernel)",
                  "cuThreadExchangeStreamCaptureMode(mode 0)", "cuCtxGetId()", "cuCtxGetCurrent()",
                  "cuCtxGetDevice()", "cuThreadExchangeStreamCaptureMode(mode 2)",
                  "cuKernelGetFunction(kernel 1)",
                  "cuKernelSetAttribute(attribute 8 = " + bytes + ", kernel 1, device 0)",
                  "cuThreadExchangeStreamCaptureMode(mode 0)"));
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  EXPECT_EQ((*kernel)->kernel(), plan::Kernel(kConfig));
  EXPECT_EQ(stub.image(1), kCubin);
}

TEST_F(LoadedKernelTest, OfTwoDevicesSharesOneLibraryObjectThatTheLastOwnerUnloads) {
  stub.set_devices({StubDriver::h200(), StubDriver::h200()});
  stub.make_current(0);
  auto first = load();
  ASSERT_TRUE(first.ok());
  stub.make_current(1);
  Result<std::shared_ptr<const LoadedKernel>> second = Status(StatusCode::kInternal, "not made");
  const std::string bytes = std::to_string(kConfig.shared_bytes());
  EXPECT_THAT(calls_of([&] { second = (*first)->in_current_context(); }),
              ElementsAre("cuCtxGetId()", "cuCtxGetCurrent()", "cuCtxGetDevice()",
                          StartsWith("cuThreadExchange"), "cuKernelGetFunction(kernel 1)",
                          "cuKernelSetAttribute(attribute 8 = " + bytes + ", kernel 1, device 1)",
                          StartsWith("cuThreadExchange")));
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE((*second)->launch({kDesc, some_args()}, nullptr, 132).ok());
  EXPECT_EQ(stub.launches().at(0).device, 1);
  EXPECT_EQ(stub.launches().at(0).loaded_by_launch, 0);
  EXPECT_EQ((*first)->launches(), 0u);

  first = Status(StatusCode::kInternal, "dropped");
  EXPECT_EQ(stub.live_libraries(), 1u);
  EXPECT_THAT(calls_of([&] { second = Status(StatusCode::kInternal, "dropped"); }),
              ElementsAre("cuThreadExchangeStreamCaptureMode(mode 2)", "cuLibraryUnload(library 1)",
                          "cuThreadExchangeStreamCaptureMode(mode 0)"));
  EXPECT_EQ(stub.live_libraries(), 0u);
}

TEST_F(LoadedKernelTest, OutlivesItsCallersDriver) {
  const auto kernel = load();
  driver.reset();
  ASSERT_TRUE(kernel.ok());
  EXPECT_TRUE((*kernel)->launch({kDesc, some_args()}, nullptr, 132).ok());
}

TEST_F(LoadedKernelTest, ADestructorIgnoresTheErrorOfADriverThatShutsDown) {
  auto kernel = load();
  ASSERT_TRUE(kernel.ok());
  stub.fail("cuLibraryUnload", CUDA_ERROR_DEINITIALIZED);
  kernel = Status(StatusCode::kInternal, "dropped");
  EXPECT_THAT(stub.calls(), Contains("cuLibraryUnload(library 1)"));
}

TEST_F(LoadedKernelTest, EachLoadingCallThatFailsIsNamedAndLeaksNothing) {
  for (const std::string call :
       {"cuCtxGetId", "cuCtxGetDevice", "cuLibraryLoadData", "cuLibraryGetKernel",
        "cuKernelGetFunction", "cuKernelSetAttribute"}) {
    stub.fail_once(call.c_str(), CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(message(load().status()),
              "driver error: " + call + " failed: CUDA_ERROR_OUT_OF_MEMORY (out of memory)");
    EXPECT_EQ(stub.live_libraries(), 0u) << call;
    EXPECT_TRUE(load().ok()) << "after " << call;
  }
}

// The normal form has maps of D and of A's scales too.
TEST_F(LoadedKernelTest, EachLaunchingCallThatFailsIsNamed) {
  const std::string map = "cuTensorMapEncodeTiled", launch = "cuLaunchKernelEx";
  struct {
    plan::KernelConfig config;
    std::vector<std::pair<std::string, int>> failures;  // call, nth
  } const kCases[] = {
      {kConfig, {{map, 1}, {map, 2}, {launch, 1}}},
      {*plan::parse_config_name("n2112_k7168_normal_t128x128_s1_k1_p2_w2_b1"),
       {{map, 3}, {map, 4}}},
  };
  for (const auto& [config, failures] : kCases) {
    const auto kernel = LoadedKernel::load(driver, kCubin, config);
    ASSERT_TRUE(kernel.ok());
    const GemmDesc desc = {.n = config.n, .k = config.k};
    for (const auto& [call, nth] : failures) {
      const size_t launched = stub.launches().size();
      stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_VALUE, nth);
      EXPECT_EQ(message((*kernel)->launch({desc, some_args(desc)}, nullptr, 132)),
                "driver error: " + call + " failed: CUDA_ERROR_INVALID_VALUE (invalid argument)");
      EXPECT_EQ(stub.launches().size(), launched);
    }
    EXPECT_TRUE((*kernel)->launch({desc, some_args(desc)}, nullptr, 132).ok());
  }
}

}  // namespace
}  // namespace jitgemm::device
