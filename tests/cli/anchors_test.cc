#include "tools/cli/bench/anchors.h"

#include <gmock/gmock.h>

namespace jitgemm::cli {
namespace {

using testing::HasSubstr;

TEST(AnchorsTest, ColumnsAreFoundByName) {
  const auto anchors =
      parse_anchors("note,best_us,M,cublaslt_us,k,N\n\"a, b\",11.5, 16 ,15.25,7168,2112\n");
  ASSERT_TRUE(anchors.ok()) << anchors.status().message();
  ASSERT_EQ(anchors->size(), 1u);
  EXPECT_EQ(anchors->front().desc.n, 2112);
  EXPECT_EQ(anchors->front().desc.k, 7168);
  EXPECT_EQ(anchors->front().m, 16);
  EXPECT_EQ(anchors->front().best_us, 11.5);
  EXPECT_EQ(anchors->front().cublaslt_us, 15.25);
}

TEST(AnchorsTest, MissingColumnIsNamed) {
  const auto anchors = parse_anchors("n,k,m,best_us\n8,16,1,2\n");
  ASSERT_FALSE(anchors.ok());
  EXPECT_THAT(std::string(anchors.status().message()), HasSubstr("cublaslt_us"));
}

TEST(AnchorsTest, FieldThatIsNotAPositiveNumberIsNamedWithItsLine) {
  for (const char* bad : {"", "x", "0", "-1", "1.5us", "nan"}) {
    const auto anchors =
        parse_anchors("n,k,m,best_us,cublaslt_us\n8,16,1,2,3\n8,16,1," + std::string(bad) + ",3\n");
    ASSERT_FALSE(anchors.ok()) << bad;
    EXPECT_THAT(std::string(anchors.status().message()), HasSubstr("line 3: best_us"));
  }
}

TEST(AnchorsTest, MissingFileIsNamed) {
  const auto anchors = anchors_of_file("/nowhere/anchors.csv");
  ASSERT_FALSE(anchors.ok());
  EXPECT_THAT(std::string(anchors.status().message()), HasSubstr("/nowhere/anchors.csv"));
}

}  // namespace
}  // namespace jitgemm::cli
