// Shapes from tables, and from the options that name them.
#include "tools/cli/shapes.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "src/base/distinct_shapes.h"

namespace jitgemm::cli {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty;

constexpr char kTable[] =
    "Model,Layer,TP,N,K,Kind,Source\r\n"
    "DeepSeek-V3,o_proj,1,7168,16384,dense,\"config.json (hidden 7168, heads 128)\"\r\n"
    "DeepSeek-V3,o_proj,8,7168,2048, Dense ,\"config.json (hidden 7168,\r\nheads 128)\"\r\n"
    "DeepSeek-V3,\"experts.down \"\"w2\"\"\",8,7168,256,grouped,\r\n"
    "odd,head,8,4100,7168,dense,\r\n";

std::vector<std::pair<int64_t, int64_t>> sizes(const std::vector<GemmDesc>& shapes) {
  std::vector<std::pair<int64_t, int64_t>> all;
  for (const GemmDesc& desc : shapes) all.emplace_back(desc.n, desc.k);
  return all;
}

TEST(ShapesTest, DenseRowsAreShapesAndOthersAreNamed) {
  const Result<ShapeList> list = shapes_of_csv(*parse_csv(kTable), std::nullopt);
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(list->shapes), ElementsAre(std::pair(7168, 16384), std::pair(7168, 2048)));
  EXPECT_THAT(list->skipped, ElementsAre("line 5: kind = 'grouped' is not dense",
                                         HasSubstr("line 6: n = 4100 is not a multiple of 8")));
}

TEST(ShapesTest, TpSelectsRowsOfATableWithThatColumn) {
  const Result<ShapeList> list = shapes_of_csv(*parse_csv(kTable), 1);
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(list->shapes), ElementsAre(std::pair(7168, 16384)));
  EXPECT_THAT(list->skipped, IsEmpty());
  const Result<ShapeList> skipped = shapes_of_csv(*parse_csv("n,k,tp,kind\n8,16,2,grouped\n"), 2);
  ASSERT_TRUE(skipped.ok()) << skipped.status().message();
  EXPECT_THAT(skipped->skipped, ElementsAre("line 2: kind = 'grouped' is not dense"));
  const Result<ShapeList> without = shapes_of_csv(*parse_csv("k,n\n16,8\n"), 4);
  ASSERT_TRUE(without.ok()) << without.status().message();
  EXPECT_THAT(sizes(without->shapes), ElementsAre(std::pair(8, 16)));
}

TEST(ShapesTest, RefusedTextIsNamedByLineAndColumn) {
  const std::tuple<const char*, std::optional<int>, const char*> kTexts[] = {
      {"n,m\n1,2\n", {}, "no column 'k'; it has: 'n' 'm'"},
      {"rows,k\n1,2\n", {}, "no column 'n'"},
      {"N,k\n8,16\n8x,16\n", {}, "line 3: n = '8x'"},
      {"n,k\n8,\n", {}, "line 2: k = ''"},
      {"n,k\n99999999999999999999,16\n", {}, "99999999999999999999"},
      {"n,k,tp\n8,16,all\n", 2, "tp = 'all'"},
      {"n,k\n", {}, "no rows"},
      {kTable, 3, "no row has tp = 3"},
  };
  for (const auto& [text, tp, message] : kTexts) {
    const Status status = shapes_of_csv(*parse_csv(text), tp).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
}

TEST(ShapesTest, ShapesThatTheLibraryRefusesAreNamedWithItsReason) {
  const Result<ShapeList> list =
      shapes_of_csv(*parse_csv("n,k\n-8,16\n0,16\n8,100\n8,9223372036854775792\n"), {});
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(list->shapes, IsEmpty());
  EXPECT_THAT(list->skipped, ElementsAre(HasSubstr("line 2: n = -8"), HasSubstr("line 3: n = 0"),
                                         HasSubstr("line 4: k = 100"), HasSubstr("line 5: k = ")));
}

TEST(ShapesTest, RefusesAFileThatCannotBeReadByItsName) {
  for (const std::string path : {"/nonexistent/shapes.csv", "/"}) {
    const Status status = ShapeOptions{.file = path}.list().status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

// ---- the options that name shapes ----

ShapeOptions parsed(std::vector<std::string> arguments) {
  CLI::App app;
  ShapeOptions options;
  options.add_to(app);
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 takes
  app.parse(std::move(arguments));
  return options;
}

TEST(ShapeOptionsTest, PairsAreAddedToAModel) {
  const ShapeOptions options = parsed({"--n", "256", "--k", "512", "--model", "qwen3-8b-fp8"});
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

TEST(ShapeOptionsTest, NoShapesAreNotAnErrorAndWrongPairsAre) {
  const ShapeOptions none = parsed({"--tp", "8"});
  EXPECT_FALSE(none.given());
  ASSERT_TRUE(none.list().ok());
  EXPECT_THAT(none.list()->shapes, IsEmpty());
  const ShapeOptions half = parsed({"--n", "256"});
  EXPECT_TRUE(half.given());
  EXPECT_THAT(std::string(half.list().status().message()), HasSubstr("1 values of --n and 0"));
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
