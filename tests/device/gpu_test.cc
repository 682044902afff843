#include "src/device/gpu.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <thread>

#include "tests/message.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

using ::testing::HasSubstr, ::testing::StartsWith;

class GpuTest : public ::testing::Test {
 protected:
  void SetUp() override {
    stub.set_devices(
        {StubDriver::h200(), {"NVIDIA A100-SXM4-80GB", 108, 8, 0}, {"NVIDIA H20", 78, 9, 0}});
    auto opened = Driver::open(StubDriver::path());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    driver = *opened;
  }

  StubDriver stub;
  std::shared_ptr<const Driver> driver;
};

TEST_F(GpuTest, TheThreadsCurrentContextDecidesTheDevice) {
  stub.make_current(1);
  std::thread([&] {
    EXPECT_EQ(current_device(*driver).status().code(), StatusCode::kMissing);
    stub.make_current(2);
    EXPECT_EQ(*current_device(*driver), 2);
  }).join();
  EXPECT_EQ(*current_device(*driver), 1);
}

TEST_F(GpuTest, WithoutAContextSaysWhatToDo) {
  stub.make_none_current();
  const Status status = current_device(*driver).status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_THAT(message(status), HasSubstr("no CUDA context is current"));
  EXPECT_THAT(message(status), HasSubstr("cuCtxSetCurrent"));
}

TEST_F(GpuTest, ListsAllDevicesWithTheirAttributesWithoutAContext) {
  stub.make_none_current();
  const auto all = all_attributes(*driver);
  ASSERT_TRUE(all.ok()) << all.status().message();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].name, "NVIDIA H200");
  EXPECT_EQ((*all)[1].compute_major, 8);
  EXPECT_EQ((*all)[2].name, "NVIDIA H20");
  EXPECT_EQ((*all)[2].sms, 78);
  EXPECT_EQ((*all)[2].compute_major, 9);
  EXPECT_EQ((*all)[2].compute_minor, 0);
}

TEST_F(GpuTest, NamesEachCallThatFails) {
  for (const std::string call :
       {"cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute"}) {
    stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_DEVICE);
    EXPECT_THAT(message(all_attributes(*driver).status()),
                StartsWith("driver error: " + call + " failed: CUDA_ERROR_INVALID_DEVICE"));
  }
  for (const std::string call : {"cuCtxGetCurrent", "cuCtxGetDevice"}) {
    stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_THAT(message(current_device(*driver).status()),
                StartsWith("driver error: " + call + " failed: CUDA_ERROR_INVALID_CONTEXT"));
  }
}

}  // namespace
}  // namespace jitgemm::device
