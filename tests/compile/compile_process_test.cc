// Processes of the built command that compile for this one.
#include "src/compile/compile_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/plan/config_name.h"
#include "tests/message.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::compile {
namespace {

using ::testing::HasSubstr;

class CompileProcessTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto opened = Nvrtc::open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    nvrtc = *opened;
  }
  static void TearDownTestSuite() { nvrtc.reset(); }

  static std::unique_ptr<Compiler> start(const std::string& command,
                                         const std::string& build = nvrtc->build()) {
    auto started = CompileProcess::start(command, nvrtc->path(), build);
    EXPECT_TRUE(started.ok()) << started.status().message();
    return started.ok() ? *std::move(started) : nullptr;
  }

  static Result<Compiled> compile(Compiler& compiler, const codegen::Source& source) {
    return compiler.compile(source, codegen::compile_options());
  }
  static codegen::Source kernel() {
    return codegen::generate(*plan::kernel_named("n512_k512_swapped_t8x64_s1_k2_p2_w1_b1"));
  }
  static void expect_no_children() {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  static std::shared_ptr<Nvrtc> nvrtc;
};
std::shared_ptr<Nvrtc> CompileProcessTest::nvrtc;

TEST_F(CompileProcessTest, MakesWhatThisProcessWouldMake) {
  const Result<Compiled> here = compile(*nvrtc, kernel());
  ASSERT_TRUE(here.ok());
  {
    const std::unique_ptr<Compiler> process = start(paths::kCli);
    for (int i = 0; i < 2; ++i) {
      const Result<Compiled> there = compile(*process, kernel());
      ASSERT_TRUE(there.ok()) << there.status().message();
      EXPECT_EQ(there->cubin, here->cubin);
      EXPECT_EQ(there->ptxas.registers, here->ptxas.registers);
      EXPECT_GT(there->ms, 0);
    }
  }
  expect_no_children();
}

TEST_F(CompileProcessTest, AnErrorInTheSourceIsToldAndDoesNotEndIt) {
  const std::unique_ptr<Compiler> process = start(paths::kCli);
  const Status failed =
      compile(*process, {.text = "nonsense;", .headers = {}, .digest = {}}).status();
  EXPECT_EQ(failed.code(), StatusCode::kCompileFailed);
  EXPECT_THAT(std::string(failed.detail()), HasSubstr("nonsense"));
  EXPECT_TRUE(compile(*process, kernel()).ok());
}

TEST_F(CompileProcessTest, ACommandThatIsNotThereIsNamed) {
  const Status status =
      CompileProcess::start("/nowhere/jitgemm", nvrtc->path(), nvrtc->build()).status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_THAT(message(status), HasSubstr("/nowhere/jitgemm: No such file"));
  expect_no_children();
}

TEST_F(CompileProcessTest, AnotherCommandOrCompilerIsOfNoUse) {
  for (const char* command : {"/bin/true", "/bin/echo", "/bin/cat"}) {
    const std::unique_ptr<Compiler> process = start(command);
    EXPECT_EQ(compile(*process, kernel()).status().code(), StatusCode::kIoError) << command;
  }
  const std::unique_ptr<Compiler> process = start(paths::kCli, "nvrtc of another build");
  EXPECT_THAT(message(compile(*process, kernel()).status()),
              HasSubstr(nvrtc->build() + ", not nvrtc of another build"));
}

TEST_F(CompileProcessTest, EndsWithItsObjectWhateverItDoes) {
  for (int i = 0; i < 3; ++i) start(paths::kCli);
  expect_no_children();

  const TemporaryDirectory scratch;
  const std::string deaf = scratch.string() + "/deaf";
  std::ofstream(deaf) << "#!/bin/sh\nexec sleep 60\n";
  std::filesystem::permissions(deaf, std::filesystem::perms::owner_all);
  start(deaf);
  expect_no_children();
}

}  // namespace
}  // namespace jitgemm::compile
