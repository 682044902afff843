#include "tools/cli/shapes.h"

#include <gmock/gmock.h>

namespace jitgemm::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTable[] =
    "Model,Layer,TP,N,K,Kind,Source\r\n"
    "DeepSeek-V3,o_proj,1,7168,16384,dense,\"config.json (hidden 7168, heads 128)\"\r\n"
    "DeepSeek-V3,o_proj,8,7168,2048,dense,\"config.json (hidden 7168,\r\nheads 128)\"\r\n"
    "DeepSeek-V3,\"experts.down \"\"w2\"\"\",8,7168,256,grouped,\r\n"
    "odd,head,8,4100,7168,dense,\r\n";

std::vector<std::pair<int64_t, int64_t>> sizes(const ShapeList& list) {
  std::vector<std::pair<int64_t, int64_t>> all;
  for (const GemmDesc& desc : list.shapes) all.emplace_back(desc.n, desc.k);
  return all;
}

std::string shapes_refusal(std::string_view text, std::optional<int> tp = std::nullopt) {
  const Result<ShapeList> list = shapes_of_csv(text, tp);
  EXPECT_EQ(list.status().code(), StatusCode::kInvalidArgument) << text;
  return std::string(list.status().message());
}

TEST(ShapesTest, DenseRowsAreShapesAndOthersAreNamed) {
  const Result<ShapeList> list = shapes_of_csv(kTable, std::nullopt);
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(*list), ElementsAre(std::pair(7168, 16384), std::pair(7168, 2048)));
  EXPECT_THAT(list->skipped, ElementsAre("line 5: kind = 'grouped' is not dense",
                                         HasSubstr("line 6: n = 4100 is not a multiple of 8")));
}

TEST(ShapesTest, TpSelectsRows) {
  const Result<ShapeList> list = shapes_of_csv(kTable, 1);
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(*list), ElementsAre(std::pair(7168, 16384)));
  EXPECT_THAT(list->skipped, IsEmpty());
}

TEST(ShapesTest, TpOfATableWithoutThatColumnSelectsAll) {
  const Result<ShapeList> list = shapes_of_csv("k,n\n16,8\n", 4);
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(*list), ElementsAre(std::pair(8, 16)));
}

TEST(ShapesTest, RefusesATableWithoutNOrKAndSaysWhatItHas) {
  EXPECT_THAT(shapes_refusal("n,m\n1,2\n"), HasSubstr("no column 'k'; it has: 'n' 'm'"));
  EXPECT_THAT(shapes_refusal("rows,k\n1,2\n"), HasSubstr("no column 'n'"));
}

TEST(ShapesTest, RefusesTextThatIsNotANumberByLineAndColumn) {
  EXPECT_THAT(shapes_refusal("N,k\n8,16\n8x,16\n"), HasSubstr("line 3: N = '8x'"));
  EXPECT_THAT(shapes_refusal("n,k\n8,\n"), HasSubstr("line 2: k = ''"));
  EXPECT_THAT(shapes_refusal("n,k\n99999999999999999999,16\n"), HasSubstr("99999999999999999999"));
  EXPECT_THAT(shapes_refusal("n,k,tp\n8,16,all\n", 2), HasSubstr("tp = 'all'"));
}

TEST(ShapesTest, ShapesThatTheLibraryRefusesAreNamedWithItsReason) {
  const Result<ShapeList> list =
      shapes_of_csv("n,k\n-8,16\n0,16\n8,100\n8,9223372036854775792\n", {});
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(list->shapes, IsEmpty());
  EXPECT_THAT(list->skipped, ElementsAre(HasSubstr("line 2: n = -8"), HasSubstr("line 3: n = 0"),
                                         HasSubstr("line 4: k = 100"), HasSubstr("line 5: k = ")));
}

TEST(ShapesTest, RefusesATableWithoutRowsToServe) {
  EXPECT_THAT(shapes_refusal("n,k\n"), HasSubstr("no rows"));
  EXPECT_THAT(shapes_refusal(kTable, 3), HasSubstr("no row has tp = 3"));
}

TEST(ShapesTest, RefusesAFileThatCannotBeReadByItsName) {
  for (const std::string path : {"/nonexistent/shapes.csv", "/"}) {
    const Status status = shapes_of_file(path, std::nullopt).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

TEST(ShapesTest, ModelWithoutTpHasOneRank) {
  const Result<ShapeList> list = shapes_of_model("qwen3-8b-fp8", {});
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_THAT(sizes(*list), ElementsAre(std::pair(6144, 4096), std::pair(4096, 4096),
                                        std::pair(24576, 4096), std::pair(4096, 12288)));
}

}  // namespace
}  // namespace jitgemm::cli
