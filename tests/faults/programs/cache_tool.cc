// cache_tool ROOT KEYS COMPILE_MS: gets KEYS kernels as a server would, from the cache or from a
// compiler that takes COMPILE_MS, loads each in the stub driver, and prints counters and warnings
// as JSON. Prints "compiling" on a line of its own when the first compile begins.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/codegen/key.h"
#include "src/plan/plan.h"
#include "src/runtime/library_state.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {
namespace {

constexpr size_t kCubinBytes = 64 << 10;  // at least; about the size of a real cubin

struct SlowCompiler final : FakeCompiler {
  explicit SlowCompiler(int ms) { delay_ms = ms; }
  Result<compile::Compiled> compile(const codegen::Source& source,
                                    const std::vector<std::string>& options) override {
    if (delay_ms > 0 && compiles() == 0) {
      std::puts("compiling");
      std::fflush(stdout);
    }
    Result<compile::Compiled> compiled = FakeCompiler::compile(source, options);
    while (compiled.ok() && compiled->cubin.size() < kCubinBytes)
      compiled->cubin += compiled->cubin;
    return compiled;
  }
};

plan::KernelConfig config_of(int key) {
  return plan::decide({.n = 2112 + 128 * key, .k = 7168}, 16, plan::known_devices().front())
      ->config;
}

std::string right_image(const plan::KernelConfig& config) {
  return SlowCompiler(0).compile(codegen::generate(config), {})->cubin;
}

nlohmann::ordered_json described(const Counters& now) {
  return {{"hit_disk", now.hit_disk},
          {"miss", now.miss},
          {"damaged", now.damaged},
          {"refused", now.refused_other_key + now.refused_other_format + now.refused_irregular +
                          now.refused_untrusted},
          {"read_failed", now.read_failed},
          {"compiled", now.compiled},
          {"published", now.published},
          {"publish_failed", now.publish_failed},
          {"waits", now.waits},
          {"takeovers", now.takeovers},
          {"wait_timeouts", now.wait_timeouts},
          {"locks_unavailable", now.locks_unavailable},
          {"folders_refused", now.folders_refused},
          {"orphans_removed", now.orphans_removed}};
}

int run(const std::string& root, int keys, int compile_ms) {
  StubDriver driver;
  LogRecorder log;
  const auto compiler = std::make_shared<SlowCompiler>(compile_ms);
  const std::shared_ptr<LibraryState> library =
      *LibraryState::open({.cache_dir = root,
                           .driver_path = StubDriver::path(),
                           .log = log.sink(),
                           .embedded_table = false},
                          [&] { return Result<std::shared_ptr<compile::Compiler>>(compiler); });
  int failed = 0, wrong = 0;
  for (int key = 0; key < keys; ++key) {
    const plan::KernelConfig config = config_of(key);
    if (!library->registry().get(config).ok())
      ++failed;
    else if (driver.image(static_cast<size_t>(key) + 1) != right_image(config))
      ++wrong;
  }
  nlohmann::ordered_json report = described(library->counters());
  report["failed"] = failed;
  report["wrong"] = wrong;
  report["warnings"] = log.warnings();
  std::printf("%s\n", report.dump().c_str());
  return failed + wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace jitgemm

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return jitgemm::run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
}
