// A Library on the stub driver, with a fake compiler and a cache folder of its own.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <jitgemm/library.h>
#include "src/api/open_library.h"
#include "tests/message.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/some_args.h"
#include "tests/runtime/stub_calls.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {

constexpr GemmDesc kShape{.n = 2112, .k = 7168};
constexpr const char* kNowhere = "/nonexistent/lib.so";

class LibraryTest : public ::testing::Test {
 protected:
  // Without the embedded table, so that tests do not depend on the latest tuning.
  Options options() {
    return {.cache_dir = directory.string(),
            .driver_path = StubDriver::path(),
            .log = log.sink(),
            .embedded_table = false};
  }

  Library open(Options given) {
    auto library =
        open_library(std::move(given), [this]() -> Result<std::shared_ptr<compile::Compiler>> {
          ++compiler_opened;
          if (!compiler) return Status(StatusCode::kMissing, "NVRTC is nowhere");
          return std::shared_ptr<compile::Compiler>(compiler);
        });
    EXPECT_TRUE(library.ok()) << message(library.status());
    return *library;
  }
  Library open() { return open(options()); }
  Library open_with(MissPolicy policy) {
    Options given = options();
    given.on_miss = policy;
    return open(given);
  }

  void use_two_devices() { driver.set_devices({StubDriver::h200(), StubDriver::h200()}); }

  Gemm make_gemm(const Library& library) {
    auto gemm = library.gemm(kShape);
    EXPECT_TRUE(gemm.ok()) << message(gemm.status());
    return *gemm;
  }

  int calls_of(std::string_view function) const { return count_calls(driver, function); }

  StubDriver driver;
  TemporaryDirectory directory;
  LogRecorder log;
  std::shared_ptr<FakeCompiler> compiler = std::make_shared<FakeCompiler>();
  std::atomic<int> compiler_opened = 0;
};

}  // namespace jitgemm
