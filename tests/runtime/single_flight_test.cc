#include "src/runtime/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/runtime/on_threads.h"

namespace jitgemm {
namespace {

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

TEST(SingleFlightTest, OneThreadMakesWhatAllGet) {
  SingleFlight<int> flight(Keep::kSuccess);
  std::atomic<int> makes = 0, made_here = 0, right = 0;
  on_threads(64, [&](int) {
    auto landing = flight.get("key", [&]() -> Result<int> {
      ++makes;
      pause();
      return 42;
    });
    made_here += landing.made_here;
    right += landing.outcome.ok() && *landing.outcome == 42;
  });
  EXPECT_EQ(makes, 1);
  EXPECT_EQ(made_here, 1);
  EXPECT_EQ(right, 64);
}

TEST(SingleFlightTest, KeysDoNotWaitForEachOther) {
  SingleFlight<int> flight(Keep::kSuccess);
  std::latch both_are_making(2);
  on_threads(2, [&](int i) {
    auto landing = flight.get(std::to_string(i), [&]() -> Result<int> {
      both_are_making.arrive_and_wait();
      return i;
    });
    EXPECT_EQ(*landing.outcome, i);
  });
}

TEST(SingleFlightTest, AFailureReachesAllThreadsThatWaitedAndIsThenForgotten) {
  SingleFlight<int> flight(Keep::kSuccess);
  std::latch everyone_asks(8);
  std::atomic<int> makes = 0, failures = 0;
  on_threads(8, [&](int) {
    everyone_asks.count_down();
    auto landing = flight.get("key", [&]() -> Result<int> {
      ++makes;
      everyone_asks.wait();
      pause();
      return Status(StatusCode::kCompileFailed, "no");
    });
    failures += landing.outcome.status().message() == "no";
  });
  EXPECT_LT(makes, 8);  // a thread may come so late that it makes its own
  EXPECT_EQ(failures, 8);

  auto again = flight.get("key", []() -> Result<int> { return 1; });
  ASSERT_TRUE(again.outcome.ok());
  EXPECT_TRUE(again.made_here);
}

TEST(SingleFlightTest, KeepsASuccessWhenAsked) {
  SingleFlight<int> keeping(Keep::kSuccess), forgetting(Keep::kNothing);
  int makes = 0;
  auto make = [&]() -> Result<int> { return ++makes; };
  EXPECT_EQ(*keeping.get("key", make).outcome, 1);
  EXPECT_EQ(*keeping.get("key", make).outcome, 1);
  EXPECT_EQ(*forgetting.get("key", make).outcome, 2);
  EXPECT_EQ(*forgetting.get("key", make).outcome, 3);
}

TEST(SingleFlightTest, AMakerThatThrowsLeavesNoThreadWaiting) {
  SingleFlight<int> flight(Keep::kSuccess);
  auto landing =
      flight.get("key", []() -> Result<int> { throw std::runtime_error("out of luck"); });
  EXPECT_EQ(landing.outcome.status().code(), StatusCode::kInternal);
  EXPECT_EQ(landing.outcome.status().message(), "out of luck");
  EXPECT_TRUE(flight.get("key", []() -> Result<int> { return 1; }).outcome.ok());
}

}  // namespace
}  // namespace jitgemm
