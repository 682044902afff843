// fork(): a child that does not exec gets an error when it uses the library of its parent.
#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "tests/cache/child.h"
#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

class ForkTest : public LibraryTest {
 protected:
  // A signal ends a child that hangs.
  static int in_child(const std::function<int()>& body) {
    return cache::run_in_child([&] {
      ::alarm(60);
      return body();
    });
  }

  static bool refused(const Status& status) {
    const std::string parent = "opened by process " + std::to_string(::getppid());
    return status.code() == StatusCode::kInvalidArgument &&
           message(status).find(parent) != std::string::npos &&
           message(status).find("fork()") != std::string::npos;
  }
};

TEST_F(ForkTest, EveryCallOfTheChildIsRefusedByNameAndTheGrandchildsToo) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(64).ok());
  EXPECT_EQ(in_child([&] {
              if (!refused(gemm.launch(some_args(64), kStream))) return 1;
              if (!refused(gemm.prepare(64))) return 2;
              if (!refused(library.gemm(kShape).status())) return 3;
              if (!refused(library.prepare({.shapes = {kShape}}).status())) return 4;
              if (!refused(library.prewarm({.shapes = {kShape}}).status())) return 5;
              if (!library.kernels().empty() || library.counters().compiled != 0) return 6;
              return in_child([&] {  // the grandchild
                const Status status = gemm.launch(some_args(1), kStream);
                return status.code() == StatusCode::kInvalidArgument ? 0 : 7;
              });
            }),
            0);
  EXPECT_TRUE(gemm.launch(some_args(64), kStream).ok());
}

TEST_F(ForkTest, TheChildOpensALibraryOfItsOwn) {
  const Library library = open();
  ASSERT_TRUE(make_gemm(library).prepare(64).ok());
  EXPECT_EQ(in_child([&] {
              const Library own = open();
              const Result<Gemm> gemm = own.gemm(kShape);
              return gemm.ok() && gemm->launch(some_args(64), kStream).ok() ? 0 : 1;
            }),
            0);
}

TEST_F(ForkTest, DestroyingTheLibraryInTheChildNeitherWaitsNorCallsTheDriver) {
  std::optional<Library> library = open_with(MissPolicy::kBackground);
  std::optional<Gemm> gemm = make_gemm(*library);
  const int generic = compiler->compiles();
  compiler->delay_ms = 500;
  ASSERT_TRUE(gemm->launch(some_args(7), kStream).ok());
  while (compiler->compiles() == generic) std::this_thread::yield();  // runs in the worker
  EXPECT_EQ(in_child([&] {
              gemm.reset();
              library.reset();
              return count_calls(driver, "cuLibraryUnload") == 0 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace jitgemm
