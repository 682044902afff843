// Runs the tests of c_api_test.c, each as a test of its own.
#include "tests/runtime/c_api_test.h"
#include "tests/paths.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "src/api/open_library.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {
namespace {

// The C ABI cannot be given a fake compiler, so these tests use a cache that one has filled.
class CApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    warm_cache = new TemporaryDirectory;
    auto library = open_library(
        {.cache_dir = warm_cache->string()}, []() -> Result<std::shared_ptr<compile::Compiler>> {
          return std::shared_ptr<compile::Compiler>(std::make_shared<FakeCompiler>());
        });
    ASSERT_TRUE(library.ok());
    const GemmDesc desc{.n = 2112, .k = 7168},
        biased{.n = 2112, .k = 7168, .bias = BiasType::kFp32};
    auto report = library->prewarm({.shapes = {desc, biased}, .m_max = 64});
    ASSERT_TRUE(report.ok() && report->failed == 0);
  }
  static void TearDownTestSuite() { delete warm_cache; }

  static void fail(const char* file, int line, const char* text) {
    ADD_FAILURE_AT(file, line) << text;
  }

  CApiTest() {
    stub = &driver;
    std::ofstream(tuning_table) << "jitgemm-tuning-table 1\ndevice H200\n"
                                << "plain 1..8 " PLAIN_KERNEL " family=1 us=5.9 key=a\n"
                                << "pdl 1..8 " PDL_KERNEL " family=1 us=4.4 key=b\n";
  }

  static const void* last_bias() { return stub->launches().back().params.bias; }

  static inline const StubDriver* stub;  // the `driver` of the running test
  static TemporaryDirectory* warm_cache;
  TemporaryDirectory directory;
  StubDriver driver;
  const std::string driver_path = StubDriver::path(), cache_dir = warm_cache->string(),
                    empty_cache = directory.string() + "/cache",
                    tuning_table = directory.string() + "/table.txt";
  const c_api_fixture fixture = {.driver_path = driver_path.c_str(),
                                 .warm_cache = cache_dir.c_str(),
                                 .empty_cache = empty_cache.c_str(),
                                 .nvrtc_path = paths::kSlowNvrtc,
                                 .tuning_table = tuning_table.c_str(),
                                 .bias = last_bias,
                                 .fail = fail};
};

TemporaryDirectory* CApiTest::warm_cache = nullptr;

#define RUN(name) \
  TEST_F(CApiTest, name) { check_##name(&fixture); }
C_API_CHECKS(RUN)
#undef RUN

}  // namespace
}  // namespace jitgemm
