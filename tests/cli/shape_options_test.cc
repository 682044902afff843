#include "tools/cli/shape_options.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "src/base/distinct_shapes.h"

namespace jitgemm::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::pair<int64_t, int64_t>> sizes(const std::vector<GemmDesc>& shapes) {
  std::vector<std::pair<int64_t, int64_t>> all;
  for (const GemmDesc& desc : shapes) all.emplace_back(desc.n, desc.k);
  return all;
}

ShapeOptions parsed(std::vector<std::string> arguments) {
  CLI::App app;
  ShapeOptions options;
  options.add_to(app);
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 takes
  app.parse(std::move(arguments));
  return options;
}

TEST(ShapeOptionsTest, PairsAreAddedToAModel) {
  const ShapeOptions options = parsed({"--n", "256", "--k", "512", "--model", "Qwen3-8B-FP8"});
  EXPECT_TRUE(options.given());
  const Result<ShapeList> list = options.list();
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(list->shapes),
              ElementsAre(std::pair(6144, 4096), std::pair(4096, 4096), std::pair(24576, 4096),
                          std::pair(4096, 12288), std::pair(256, 512)));
}

TEST(ShapeOptionsTest, RanksSplitAModel) {
  const auto list = parsed({"--model", "Qwen3-32B-FP8", "--tp", "4"}).list();
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_EQ(list->shapes.front().n, 2560);
  const auto experts = parsed({"--model", "DeepSeek-V3", "--tp", "8", "--ep", "32"}).list();
  ASSERT_TRUE(experts.ok()) << experts.status().message();
  EXPECT_THAT(experts->skipped.front(), HasSubstr("a grouped GEMM of 8 experts"));
}

TEST(ShapeOptionsTest, NoShapesAreNotAnError) {
  const ShapeOptions none = parsed({"--tp", "8"});
  EXPECT_FALSE(none.given());
  ASSERT_TRUE(none.list().ok());
  EXPECT_THAT(none.list()->shapes, IsEmpty());
}

TEST(ShapeOptionsTest, HalfAPairIsRefused) {
  const ShapeOptions half = parsed({"--n", "256"});
  EXPECT_TRUE(half.given());
  EXPECT_THAT(std::string(half.list().status().message()), HasSubstr("1 values of --n and 0"));
}

TEST(ShapeOptionsTest, PairThatTheLibraryRefusesIsRefused) {
  const Status status = parsed({"--n", "7", "--k", "512"}).list().status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("n = 7"));
}

TEST(ShapeOptionsTest, TwoSourcesExcludeEachOther) {
  EXPECT_THROW(parsed({"--model", "DeepSeek-V3", "--hf-config", "f"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--model", "DeepSeek-V3", "--shapes", "f"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--hf-config", "f", "--shapes", "f"}), CLI::ParseError);
}

TEST(ShapeOptionsTest, DistinctKeepsTheFirstOfEach) {
  const GemmDesc a{.n = 8, .k = 16}, b{.n = 16, .k = 16}, c{.n = 8, .k = 32},
      biased{.n = 8, .k = 16, .bias = BiasType::kBf16};
  EXPECT_THAT(distinct({a, b, a, biased, c, b, biased}), ElementsAre(a, b, biased, c));
}

}  // namespace
}  // namespace jitgemm::cli
