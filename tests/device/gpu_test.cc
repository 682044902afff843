#include "src/device/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "tests/message.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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

TEST_F(GpuTest, TheCurrentContextDecidesTheDevice) {
  stub.make_current(2);
  const Result<CUdevice> device = current_device(*driver);
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_EQ(*device, 2);
}

TEST_F(GpuTest, AContextIsTheThreadsOwn) {
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

TEST_F(GpuTest, AContextsIdIsNeverThatOfAnother) {
  const CUcontext first = stub.create_context(1);
  stub.make_current(first);
  const uint64_t id = *current_context_id(*driver);
  stub.destroy_context(first);
  const CUcontext second = stub.create_context(1);
  ASSERT_EQ(first, second);
  stub.make_current(second);
  EXPECT_NE(*current_context_id(*driver), id);
  EXPECT_EQ(*current_device(*driver), 1);
  stub.make_none_current();
  EXPECT_EQ(current_context_id(*driver).status().code(), StatusCode::kMissing);
}

TEST_F(GpuTest, ReadsTheAttributesOfADevice) {
  const Result<plan::DeviceAttributes> h20 = attributes(*driver, 2);
  ASSERT_TRUE(h20.ok()) << h20.status().message();
  EXPECT_EQ(h20->name, "NVIDIA H20");
  EXPECT_EQ(h20->sms, 78);
  EXPECT_EQ(h20->compute_major, 9);
  EXPECT_EQ(h20->compute_minor, 0);
}

TEST_F(GpuTest, ListsAllDevicesWithoutAContext) {
  stub.make_none_current();
  const auto all = all_attributes(*driver);
  ASSERT_TRUE(all.ok()) << all.status().message();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].name, "NVIDIA H200");
  EXPECT_EQ((*all)[1].name, "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ((*all)[2].name, "NVIDIA H20");
}

TEST_F(GpuTest, AGpuBeforeHopperIsUnsupported) {
  const auto a100 = attributes(*driver, 1);
  ASSERT_TRUE(a100.ok());
  const Status status = plan::device_by_attributes(*a100).status();
  EXPECT_EQ(status.code(), StatusCode::kUnsupportedDevice);
  EXPECT_THAT(message(status), HasSubstr("A100"));
}

TEST_F(GpuTest, NamesEachCallThatFails) {
  for (const std::string call :
       {"cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute"}) {
    stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_DEVICE);
    const Status status = all_attributes(*driver).status();
    EXPECT_EQ(status.code(), StatusCode::kDriverError);
    EXPECT_THAT(message(status), StartsWith(call + " failed: CUDA_ERROR_INVALID_DEVICE"));
  }
  for (const std::string call : {"cuCtxGetCurrent", "cuCtxGetDevice"}) {
    stub.fail_once(call.c_str(), CUDA_ERROR_INVALID_CONTEXT);
    const Status status = current_device(*driver).status();
    EXPECT_EQ(status.code(), StatusCode::kDriverError);
    EXPECT_THAT(message(status), StartsWith(call + " failed: CUDA_ERROR_INVALID_CONTEXT"));
  }
}

}  // namespace
}  // namespace jitgemm::device
