// The example server with the stub driver and an NVRTC that only waits.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::ContainsRegex, ::testing::HasSubstr, ::testing::Not;

struct Outcome {
  int exit_code;
  std::string text;  // of stdout and stderr
};

Outcome serve(const std::string& arguments) {
  const std::string command =
      std::string("SLOW_NVRTC_MS=0 ") + paths::kDecodeServer + " " + arguments + " 2>&1";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::string text;
  char piece[4096];
  while (const size_t bytes = std::fread(piece, 1, sizeof piece, pipe)) text.append(piece, bytes);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

Outcome serve_on_stub(const std::string& arguments) {
  return serve(std::string("--driver ") + paths::kStubDriver + " --nvrtc " + paths::kSlowNvrtc +
               " --seconds 0.2 --prepare-threads 8 " + arguments);
}

TEST(DecodeServerTest, TheCommandFillsAnEmptyCache) {
  const TemporaryDirectory cache;
  const Outcome cold = serve_on_stub("--cache-dir " + cache.string());
  EXPECT_EQ(cold.exit_code, 0) << cold.text;
  EXPECT_THAT(cold.text, AllOf(ContainsRegex(" 0 on disk already, 0 failed"),
                               ContainsRegex("cache cold: [0-9]+ kernels, 0 compiled, [0-9]+ from"),
                               ContainsRegex("batch  64: +[0-9]+ tokens/s"),
                               HasSubstr("compiles after the start: 0\n")));
  const Outcome warm = serve_on_stub("--cache-dir " + cache.string());
  EXPECT_EQ(warm.exit_code, 0) << warm.text;
  EXPECT_THAT(warm.text, ContainsRegex("cache warm: [0-9]+ kernels, 0 compiled"));
  EXPECT_THAT(warm.text, Not(HasSubstr("on disk already")));  // the command did not run
}

TEST(DecodeServerTest, CompilesAtItsStartWhereThereIsNoCommand) {
  const TemporaryDirectory cache;
  const Outcome cold =
      serve_on_stub("--prewarm-command /nowhere/jitgemm --cache-dir " + cache.string());
  EXPECT_EQ(cold.exit_code, 0) << cold.text;
  EXPECT_THAT(cold.text, AllOf(HasSubstr("/nowhere/jitgemm prewarm failed"),
                               ContainsRegex("cache cold: [0-9]+ kernels, [0-9]+ compiled, 0 from"),
                               HasSubstr("compiles after the start: 0\n")));
}

TEST(DecodeServerTest, NamesWhatTheMachineLacks) {
  const Outcome no_driver = serve("--driver /nonexistent/libcuda.so.1");
  EXPECT_EQ(no_driver.exit_code, 3);
  EXPECT_THAT(no_driver.text, HasSubstr("/nonexistent/libcuda.so.1"));
  const Outcome one_gpu = serve_on_stub("--devices 2");
  EXPECT_EQ(one_gpu.exit_code, 3);
  EXPECT_THAT(one_gpu.text, HasSubstr("there is no GPU 1"));
}

}  // namespace
}  // namespace jitgemm
