#include "src/device/driver.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/message.h"
#include "tests/paths.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

using ::testing::AllOf, ::testing::HasSubstr, ::testing::StartsWith;

class DriverTest : public ::testing::Test {
 protected:
  StubDriver stub;
};

TEST_F(DriverTest, OpensTheLibraryAtThePath) {
  const auto driver = Driver::open(StubDriver::path());
  ASSERT_TRUE(driver.ok()) << driver.status().message();
  EXPECT_EQ((*driver)->path(), StubDriver::path());
  EXPECT_EQ((*driver)->version(), 13020);
  EXPECT_NE((*driver)->symbol("cuDevicePrimaryCtxRelease_v2"), nullptr);  // beyond the table
  EXPECT_EQ((*driver)->symbol("cuNoSuchFunction"), nullptr);
}

TEST_F(DriverTest, NamesTheFunctionThatAnOldDriverLacks) {
  const Status status = Driver::open(paths::kStubDriverIncomplete).status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_THAT(message(status), HasSubstr(paths::kStubDriverIncomplete));
  EXPECT_THAT(message(status), HasSubstr("has no function cuGetErrorName"));
  EXPECT_THAT(message(status), HasSubstr("CUDA 12.0 or newer"));
}

TEST_F(DriverTest, WithoutAGpuSaysWhatToDo) {
  stub.set_devices({});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(message(Driver::open(StubDriver::path()).status()),
                AllOf(StartsWith("missing: "), HasSubstr("no GPU"), HasSubstr("VISIBLE_DEVICES")));
    stub.fail_once("cuInit", CUDA_SUCCESS);  // then it is the count that says so
  }
}

TEST_F(DriverTest, NamesEachCallThatFailsAndOpensAfterwards) {
  for (const char* call : {"cuInit", "cuDeviceGetCount", "cuDriverGetVersion"}) {
    stub.fail_once(call, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
    EXPECT_EQ(message(Driver::open(StubDriver::path()).status()),
              "driver error: " + std::string(call) +
                  " failed: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (system has unsupported display "
                  "driver / cuda driver combination)");
    EXPECT_TRUE(Driver::open(StubDriver::path()).ok());
  }
}

TEST_F(DriverTest, AnErrorWithoutANameIsANumber) {
  const auto driver = Driver::open(StubDriver::path());
  ASSERT_TRUE(driver.ok());
  EXPECT_TRUE((*driver)->check(CUDA_SUCCESS, "cuSomething").ok());
  EXPECT_EQ(message((*driver)->check(static_cast<CUresult>(998), "cuSomething")),
            "driver error: cuSomething failed: error 998");
}

}  // namespace
}  // namespace jitgemm::device
