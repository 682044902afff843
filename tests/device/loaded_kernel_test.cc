#include "src/device/loaded_kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/message.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

const plan::KernelConfig kConfig = {.form = Form::kSwapped,
                                    .n = 7168,
                                    .k = 2048,
                                    .tile_m = 16,
                                    .tile_n = 64,
                                    .k_blocks = 4,
                                    .stages = 4};
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

GemmArgs some_args() {
  GemmArgs args = jitgemm::some_args(7);
  args.lda = args.ldb = kDesc.k;
  args.ldd = kDesc.n;
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
  EXPECT_EQ((*kernel)->config(), kConfig);
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

TEST_F(LoadedKernelTest, EachLaunchingCallThatFailsIsNamed) {
  const auto kernel = load();
  ASSERT_TRUE(kernel.ok());
  struct {
    std::string call;
    int nth;
  } const failures[] = {
      {"cuTensorMapEncodeTiled", 1}, {"cuTensorMapEncodeTiled", 2}, {"cuLaunchKernelEx", 1}};
  for (const auto& [call, nth] : failures) {
    stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_VALUE, nth);
    EXPECT_EQ(message((*kernel)->launch({kDesc, some_args()}, nullptr, 132)),
              "driver error: " + call + " failed: CUDA_ERROR_INVALID_VALUE (invalid argument)");
    EXPECT_TRUE(stub.launches().empty());
  }
  EXPECT_TRUE((*kernel)->launch({kDesc, some_args()}, nullptr, 132).ok());
}

}  // namespace
}  // namespace jitgemm::device
