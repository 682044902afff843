#include "src/compile/compiler_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/runtime/fake_compiler.h"

namespace jitgemm::compile {
namespace {

// One that stands for a process: when it is gone, it is counted as ended.
class Other : public Compiler {
 public:
  Other(std::shared_ptr<FakeCompiler> fake, std::atomic<int>* ended, bool is_of_use)
      : fake_(std::move(fake)), ended_(ended), is_of_use_(is_of_use) {}
  ~Other() override { ++*ended_; }
  const std::string& build() const override { return fake_->build(); }
  Result<Compiled> compile(const codegen::Source& source,
                           const std::vector<std::string>& options) override {
    if (!is_of_use_) return Status(StatusCode::kIoError, "gone");
    return fake_->compile(source, options);
  }

 private:
  const std::shared_ptr<FakeCompiler> fake_;
  std::atomic<int>* const ended_;
  const bool is_of_use_;
};

class CompilerPoolTest : public ::testing::Test {
 protected:
  enum class Others { kWork, kAreOfNoUse, kDoNotStart };
  CompilerPool pool(Others others) {
    auto start = [this, others]() -> Result<std::unique_ptr<Compiler>> {
      if (others == Others::kDoNotStart) return Status(StatusCode::kIoError, "no such command");
      ++started;
      return std::unique_ptr<Compiler>(new Other(there, &ended, others == Others::kWork));
    };
    return {here, start, [this](const Status& reason) { reports.emplace_back(reason.message()); }};
  }

  // So many at the same time, so many times each. All succeed.
  void compile(CompilerPool& pool, int threads, int times) {
    std::barrier begin(threads);
    std::vector<std::thread> compiling;
    for (int i = 0; i < threads; ++i)
      compiling.emplace_back([&] {
        begin.arrive_and_wait();
        for (int j = 0; j < times; ++j) EXPECT_TRUE(pool.compile({}, {}).ok());
      });
    for (std::thread& thread : compiling) thread.join();
  }

  const std::shared_ptr<FakeCompiler> here = std::make_shared<FakeCompiler>();
  const std::shared_ptr<FakeCompiler> there = std::make_shared<FakeCompiler>();
  std::atomic<int> started = 0, ended = 0;
  std::vector<std::string> reports;
};

TEST_F(CompilerPoolTest, WhoCompilesAloneDoesItHere) {
  CompilerPool pool = this->pool(Others::kWork);
  compile(pool, 1, 5);
  EXPECT_EQ(here->compiles(), 5);
  EXPECT_EQ(started, 0);
}

TEST_F(CompilerPoolTest, EveryOtherOneIsGivenAProcess) {
  here->delay_ms = there->delay_ms = 100;
  CompilerPool pool = this->pool(Others::kWork);
  compile(pool, 8, 1);
  EXPECT_EQ(here->compiles(), 4);
  EXPECT_EQ(there->compiles(), 4);
  EXPECT_EQ(started, 4);
  EXPECT_EQ(ended, 4);  // nobody compiles any more
  compile(pool, 2, 1);
  EXPECT_EQ(started, 5);
  EXPECT_TRUE(reports.empty());
}

TEST_F(CompilerPoolTest, ProcessesAreUsedAgainWhileOthersCompile) {
  here->delay_ms = there->delay_ms = 5;
  CompilerPool pool = this->pool(Others::kWork);
  compile(pool, 6, 40);
  EXPECT_EQ(here->compiles() + there->compiles(), 240);
  EXPECT_LE(here->at_once_most(), 6);
  EXPECT_LE(there->at_once_most(), 3);
  EXPECT_GT(there->compiles(), 3 * started);
  EXPECT_EQ(ended, started);
}

TEST_F(CompilerPoolTest, AFailedCompileIsNoReasonToGiveUp) {
  there->fails = true;
  here->delay_ms = 100;
  CompilerPool pool = this->pool(Others::kWork);
  std::atomic<int> failed = 0;
  std::thread one([&] { failed += !pool.compile({}, {}).ok(); });
  while (here->compiles() == 0) std::this_thread::yield();
  failed += !pool.compile({}, {}).ok();
  one.join();
  EXPECT_EQ(failed, 1);
  EXPECT_TRUE(reports.empty());
}

TEST_F(CompilerPoolTest, WhereNoneIsToBeHadAllIsCompiledHereAndThatIsSaidOnce) {
  for (Others others : {Others::kAreOfNoUse, Others::kDoNotStart}) {
    reports.clear();
    here->delay_ms = 20;
    CompilerPool pool = this->pool(others);
    compile(pool, 8, 3);
    EXPECT_EQ(reports,
              std::vector<std::string>{others == Others::kDoNotStart ? "no such command" : "gone"});
    EXPECT_EQ(ended, started);
  }
  EXPECT_EQ(here->compiles(), 2 * 8 * 3);
}

}  // namespace
}  // namespace jitgemm::compile
