#include "tools/harness/tuner.h"

#include <gmock/gmock.h>

#include <fstream>
#include <optional>
#include <string>

#include <jitgemm/cache.h>
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::harness {
namespace {

using ::testing::Contains, ::testing::HasSubstr, ::testing::IsEmpty;

// On the stub driver, where kernels can be made and not timed. The helpers need NVRTC.
class TunerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<Workbench> opened = Workbench::open(StubDriver::path(), {});
    if (!opened.ok() && opened.status().code() == StatusCode::kMissing)
      GTEST_SKIP() << opened.status().message();
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    bench_.emplace(*std::move(opened));
  }

  Options options() {
    return {
        .cache_dir = directory_.string(), .driver_path = StubDriver::path(), .log = log_.sink()};
  }
  // Compiles the planner's choice for one point into the cache.
  void warm(const Options& options) {
    auto tuner = Tuner::open(*bench_, options, {.top = 0, .configs = {}});
    ASSERT_TRUE(tuner.ok()) << tuner.status().message();
    (*tuner)->foresee({.n = 128, .k = 128}, 8, false);
  }  // waits

  StubDriver driver_;
  TemporaryDirectory directory_;
  LogRecorder log_;
  std::optional<Workbench> bench_;
};

TEST_F(TunerTest, InvalidOptionsAreRefused) {
  EXPECT_EQ(Tuner::open(*bench_, {.form = static_cast<Form>(7)}, {}).status().message(),
            "form = 7 is none of 0 (auto), 1 (swapped), 2 (normal)");
  EXPECT_THAT(
      std::string(Tuner::open(*bench_, {.keys = {{"/none.pub"}, {}}}, {}).status().message()),
      HasSubstr("/none.pub"));
}

TEST_F(TunerTest, WithAPublicKeyAnUnsignedKernelIsRefused) {
  warm(options());
  ASSERT_EQ(cache_list(directory_.string())->size(), 1u);
  EXPECT_THAT(log_.warnings(), IsEmpty());
  Options with_key = options();
  const std::string file = directory_.string() + "/a.pub";
  std::ofstream(file) << "-----BEGIN PUBLIC KEY-----\n"
                         "MCowBQYDK2VwAyEAGQcljvyRiZwuaartZ4yOu/rbWvRSBxNnGjnjnKO0XoE=\n"
                         "-----END PUBLIC KEY-----\n";
  with_key.keys.public_files = {file};
  warm(with_key);
  EXPECT_THAT(log_.warnings(), Contains(HasSubstr("jitgemm,v1,unsigned,n128_k128_")));
}

}  // namespace
}  // namespace jitgemm::harness
