// What the harness asks of the driver to check and to time a launch, and what it makes of the
// times.
#include "tools/harness/point.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::harness {
namespace {

constexpr GemmDesc kDesc = {.n = 1024, .k = 512};

// "4 bytes, 768 x 0xff, grid 8 x 4 x 1": what was allocated, filled and launched, in order.
std::string work(const StubDriver& driver) {
  std::string text;
  for (const std::string& call : driver.calls()) {
    if (!call.starts_with("cuMemAlloc") && !call.starts_with("cuMemset") &&
        !call.starts_with("cuLaunch"))
      continue;
    const size_t from = call.starts_with("cuLaunch") ? call.find("grid") : call.find('(') + 1;
    const size_t to = std::min(call.find(" at ", from), call.find(')', from));
    text += (text.empty() ? "" : ", ") + call.substr(from, to - from);
  }
  return text;
}

TEST(PointTest, WalksOverAllCopiesAndTimesEachLaunch) {
  StubDriver driver;
  const Result<Workbench> bench = Workbench::open(StubDriver::path(), {});
  if (!bench.ok() && bench.status().code() == StatusCode::kMissing)
    GTEST_SKIP() << bench.status().message();
  ASSERT_TRUE(bench.ok()) << bench.status().message();
  EXPECT_LT(*bench->gpu->free_bytes(), int64_t{141} << 30);
  const Result<Weights> weights = Weights::generate(*bench, kDesc, 3);
  const Result<Point> point = Point::prepare(*bench, *weights, 5);
  std::vector<GemmArgs> given;
  const auto launch = [&](const GemmArgs& args, Stream stream) {
    given.push_back(args);
    return bench->kernels.read_only({.data = args.b, .bytes = 16, .pdl = args.pdl},
                                    static_cast<CUstream>(stream));
  };
  const Result<Check> check = point->check(*bench, launch);
  ASSERT_TRUE(check.ok()) << check.status().message();
  EXPECT_NEAR(check->relative_error, 1e-3, 1e-9);
  EXPECT_EQ(check->worst_share, 0.5);
  EXPECT_EQ(check->worst_row, 2);
  EXPECT_EQ(check->worst_column, 5);
  EXPECT_EQ(work(driver),
            "4 bytes, 1572864 bytes, 1572864 x 0xff, 768 bytes, 768 x 0xff, 768 bytes, 768 x 0x0, "
            "grid 8 x 4 x 1, grid 8 x 4 x 1, grid 8 x 4 x 1, "  // weights, scales, padded scales
            "12288 bytes, 12288 x 0xff, 768 bytes, 768 x 0xff, 768 bytes, 768 x 0xff, "
            "grid 8 x 4 x 1, grid 8 x 4 x 1, grid 8 x 4 x 1, "  // activations of 8 tokens
            "98304 bytes, 98304 x 0xff, 32768 bytes, 32768 bytes, grid 1 x 16 x 1, "  // reference
            "32768 x 0xff, grid 1 x 1 x 1, 40 bytes, 40 x 0x0, grid 1056 x 1 x 1");
  EXPECT_TRUE(Activations::generate(*bench, {.rows = 4, .k = 512, .scale_ld = 64}).ok());
  EXPECT_THAT(driver.calls(), testing::Contains("cuMemAlloc(1024 bytes)"));  // 64 for each k-block
  given.clear();
  const Result<Chain> chain = point->chain(*bench, launch);
  ASSERT_TRUE(chain.ok()) << chain.status().message();
  EXPECT_EQ(chain->launches, 102);
  ASSERT_EQ(given.size(), 103u);  // the first is not captured
  std::set<const void*> a, scales, b, b_scales, d;
  for (const GemmArgs& args : given) {
    a.insert(args.a), scales.insert(args.a_scale.data), b.insert(args.b);
    b_scales.insert(args.b_scale), d.insert(args.d);
  }
  EXPECT_EQ(point->bytes(), 1024 * 512 + 5 * 512 + 2 * 5 * 1024 + 4 * (5 * 4 + 8 * 4));
  EXPECT_EQ(point->flops(), 2 * 5 * 1024 * 512);
  for (const auto& copies : {a, scales, b, b_scales, d}) EXPECT_EQ(copies.size(), 3u);
  const auto timings = time_in_turn(*bench, {&*chain, &*chain}, 8);
  ASSERT_TRUE(timings.ok());
  for (const Timing& timing : *timings) {
    EXPECT_NEAR(timing.median_us, 4, 1e-3);
    EXPECT_NEAR(timing.min_us, 2, 1e-3);
    EXPECT_NEAR(timing.max_us, 6, 1e-3);
  }
}

}  // namespace
}  // namespace jitgemm::harness
