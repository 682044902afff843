#include "tools/cli/cache/key_difference.h"

#include <gmock/gmock.h>

namespace jitgemm::cli {
namespace {

using ::testing::IsEmpty;

std::string lines(std::string_view wanted, std::string_view found) {
  std::string all;
  for (const FieldDifference& d : compare_keys(wanted, found))
    all += d.field + ": " + d.wanted + " | " + d.found + "\n";
  return all;
}

constexpr char kKey[] =
    "jitgemm kernel\nschema 1\noption -a\noption -b\nheaders 01\nsource 9\nint x;\nint y;\n";

TEST(KeyDifferenceTest, EqualKeysHaveNone) { EXPECT_THAT(compare_keys(kKey, kKey), IsEmpty()); }

TEST(KeyDifferenceTest, FieldsOfTheSameNameAreNumbered) {
  EXPECT_EQ(lines(kKey,
                  "jitgemm kernel\nschema 2\noption -a\noption -c\nheaders 01\nsource 9\n"
                  "int x;\nint z;\n"),
            "schema: 1 | 2\noption 2: -b | -c\nsource line 2: int y; | int z;\n");
}

TEST(KeyDifferenceTest, MissingFieldIsEmpty) {
  EXPECT_EQ(lines("a 1\nb 2\nsource 0\n", "a 1\nc 3\nsource 4\nint\n"),
            "b: 2 | \nc:  | 3\nsource line 1:  | int\n");
}

}  // namespace
}  // namespace jitgemm::cli
