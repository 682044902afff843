// Threads, devices, shapes, policies and captures at once; most useful under ThreadSanitizer.
#include <gtest/gtest.h>

#include <jitgemm/cache.h>

#include <atomic>
#include <chrono>
#include <random>
#include <vector>

#include "tests/runtime/library_fixture.h"
#include "tests/runtime/on_threads.h"

namespace jitgemm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 32, kDevices = 4;
constexpr int64_t kMaxTokens = 4096;
constexpr auto kTime = std::chrono::seconds(4);
constexpr GemmDesc kShapes[] = {{.n = 2112, .k = 7168}, {.n = 3072, .k = 1536},
                                {.n = 4096, .k = 512},  {.n = 576, .k = 7168},
                                {.n = 512, .k = 7168},  {.n = 7168, .k = 256}};

class StressTest : public LibraryTest {
 protected:
  // One thread of a server, whose device is current.
  struct Server {
    const Library& library;
    StubDriver& driver;
    const Stream stream;  // used by no other server
    std::mt19937 random;
    uint64_t launched = 0;

    bool maybe(unsigned out_of) { return random() % out_of == 0; }

    void launch(const Gemm& gemm) {
      GemmArgs args = some_args(1 + random() % kMaxTokens);
      args.pdl = maybe(2);
      args.on_miss = static_cast<MissPolicy>(random() % 4);
      const Status status = gemm.launch(args, stream);
      if (status.ok())
        ++launched;
      else
        EXPECT_EQ(status.code(), StatusCode::kNotReady) << message(status);
    }

    void capture(const Gemm& gemm) {
      driver.begin_capture(stream);
      launch(gemm);
      EXPECT_TRUE(driver.end_capture(stream));
    }

    void step() {
      const Result<Gemm> gemm = library.gemm(kShapes[random() % std::size(kShapes)]);
      ASSERT_TRUE(gemm.ok()) << message(gemm.status());
      if (maybe(16))
        EXPECT_TRUE(gemm->prepare(1 + random() % kMaxTokens).ok());
      else if (maybe(4))
        capture(*gemm);
      else
        launch(*gemm);
      if (maybe(64)) {
        EXPECT_FALSE(library.prometheus().empty());
      }
    }
  };
};

TEST_F(StressTest, ThreadsOnDevicesShareOneLibraryAndCompileEachKernelOnce) {
  driver.set_devices(std::vector<stub_device>(kDevices, StubDriver::h200()));
  compiler->delay_ms = 2;
  const auto end = Clock::now() + kTime;
  std::atomic<uint64_t> launched = 0;
  Counters counters;
  {
    const Library library = open();
    on_threads(kThreads, [&](int i) {
      driver.make_current(i % kDevices);
      Server server{library, driver, reinterpret_cast<Stream>(0x600000 + 0x1000 * uintptr_t(i)),
                    std::mt19937(static_cast<unsigned>(i))};
      while (Clock::now() < end) server.step();
      launched += server.launched;
    });
    counters = library.counters();
    EXPECT_EQ(counters.launches, launched);
  }
  EXPECT_GT(launched, 0u);
  EXPECT_EQ(driver.live_libraries(), 0u);
  for (const stub_launch& launch : driver.launches()) ASSERT_EQ(launch.loaded_by_launch, 0);
  const auto on_disk = cache_stats(directory.string());
  ASSERT_TRUE(on_disk.ok());
  EXPECT_EQ(on_disk->entries, static_cast<uint64_t>(compiler->compiles()));
}

}  // namespace
}  // namespace jitgemm
