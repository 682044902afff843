// Options::compile_command, with processes of the built command and an NVRTC that compiles nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cerrno>
#include <string>

#include <jitgemm/library.h>
#include "tests/message.h"
#include "tests/paths.h"
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CompileCommandTest : public ::testing::Test {
 protected:
  CompileCommandTest() { ::setenv("SLOW_NVRTC_MS", "5", 1); }
  ~CompileCommandTest() override { ::unsetenv("SLOW_NVRTC_MS"); }

  // On eight threads, into a cache of its own.
  void prewarm_by(const std::string& command) {
    const TemporaryDirectory cache;
    const auto library = Library::open({.cache_dir = cache.string(),
                                        .nvrtc_path = paths::kSlowNvrtc,
                                        .log = log.sink(),
                                        .compile_command = command});
    ASSERT_TRUE(library.ok()) << message(library.status());
    const auto report =
        library->prewarm({.shapes = {{.n = 7168, .k = 2048}}, .jobs = 8, .verify = true});
    ASSERT_TRUE(report.ok()) << message(report.status());
    EXPECT_GT(report->kernels, 10);
    EXPECT_EQ(report->compiled, report->kernels);
    EXPECT_EQ(library->counters().compiled, static_cast<uint64_t>(report->kernels));
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  LogRecorder log;
};

TEST_F(CompileCommandTest, ItsProcessesMakeWhatIsPublished) {
  prewarm_by(paths::kCli);
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST_F(CompileCommandTest, WhereItIsNotToBeHadThisProcessCompilesAndSaysSoOnce) {
  prewarm_by("/nowhere/jitgemm");
  EXPECT_THAT(log.warnings(),
              ElementsAre(HasSubstr("compile_command,/nowhere/jitgemm,failed,reason=")));
}

TEST_F(CompileCommandTest, AnotherProgramIsTakenForNone) {
  prewarm_by("/bin/true");
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("compile_command,/bin/true,failed,reason=")));
}

}  // namespace
}  // namespace jitgemm
