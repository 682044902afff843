// How a process ends while the library is at work, and how the library is unloaded.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/cache/child.h"
#include "tests/paths.h"

namespace jitgemm {
namespace {

// A signal ends a program that hangs.
int run(const char* program, const char* argument) {
  return cache::run_in_child([&] {
    ::alarm(120);
    ::execl(program, program, argument, nullptr);
    return 127;
  });
}

class ExitTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ExitTest, IsCleanWhileTheLibraryIsAtWork) {
  EXPECT_EQ(run(paths::kExitProgram, GetParam()), 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, ExitTest,
                         ::testing::Values("static library", "static gemm, destroyed last",
                                           "static gemm, destroyed first",
                                           "static that is younger than NVRTC", "never destroyed",
                                           "thread-local", "by another thread", "by the log sink",
                                           "while preparing", "while the log sink writes",
                                           "in a forked child"));

TEST(UnloadTest, AHundredRoundsLeaveNothingBehind) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer's runtime calls into what was unloaded";
#endif
  ::setenv("SLOW_NVRTC_MS", "1", 1);
  EXPECT_EQ(run(paths::kLoopProgram, nullptr), 0);
  ::unsetenv("SLOW_NVRTC_MS");
}

}  // namespace
}  // namespace jitgemm
