#include "src/runtime/worker.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <future>
#include <latch>
#include <thread>
#include <vector>

namespace jitgemm {
namespace {

using ::testing::ElementsAre;

TEST(WorkerTest, DoesJobsInTheirOrderOnAThreadOfItsOwn) {
  std::vector<int> done;
  std::promise<std::thread::id> last;
  Worker worker;
  ASSERT_TRUE(worker.start().ok());
  ASSERT_TRUE(worker.start().ok());
  for (int i : {1, 2, 3}) worker.post([&done, i] { done.push_back(i); });
  worker.post([&] { last.set_value(std::this_thread::get_id()); });
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  EXPECT_THAT(done, ElementsAre(1, 2, 3));
}

TEST(WorkerTest, EndsWithTheJobAtHand) {
  std::latch at_it(1);
  bool finished = false, next_ran = false;
  {
    Worker worker;
    ASSERT_TRUE(worker.start().ok());
    worker.post([&] {
      at_it.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      finished = true;
    });
    worker.post([&] { next_ran = true; });
    at_it.wait();
  }
  EXPECT_TRUE(finished);
  EXPECT_FALSE(next_ran);
}

TEST(WorkerTest, TakesNoSignalAndLeavesTheCallersMaskAsItWas) {
  std::promise<bool> blocked;
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Worker worker;
  ASSERT_TRUE(worker.start().ok());
  worker.post([&] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1);
  });
  EXPECT_TRUE(blocked.get_future().get());
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

}  // namespace
}  // namespace jitgemm
