// What print() makes of JSON.
#include <gmock/gmock.h>

#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

std::string printed(const Json& json, bool as_json = false) {
  Context context;
  context.json = as_json;
  testing::internal::CaptureStdout();
  print(context, json);
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(OutputTest, ObjectHasALineForEachMemberAndBlocksOfTheirOwn) {
  EXPECT_EQ(printed({{"name", "a_b"},
                     {"gb_per_s", 1234.5678},
                     {"ok", true},
                     {"problem", ""},
                     {"none", nullptr},
                     {"empty", Json::array()},
                     {"text", "two\nlines"},
                     {"folder", {{"path", "/p"}, {"files", 3}}}}),
            "name      a_b\n"
            "gb per s  1234.6\n"
            "ok        true\n"
            "problem   -\n"
            "none      -\n"
            "empty     -\n"
            "\ntext\ntwo\nlines\n"
            "\nfolder\n  path   /p\n  files  3\n");
}

TEST(OutputTest, ArrayIsATableOfAllMembers) {
  const Json rows = {{{"kernel", "a"}, {"best_us", 1.5}}, {{"kernel", "longer"}, {"why", "no"}}};
  const std::string table = "  kernel  best us  why\n  a       1.5      -\n  longer  -        no\n";
  EXPECT_EQ(printed(rows), table);
  EXPECT_EQ(printed({{"rows", rows}}), "\nrows\n" + table);
}

TEST(OutputTest, JsonIsOneLineWithoutInvalidUtf8) {
  EXPECT_EQ(printed({{"n", 1}, {"text", "\xff\n"}}, true),
            "{\"n\":1,\"text\":\"\xEF\xBF\xBD\\n\"}\n");
}

}  // namespace
}  // namespace jitgemm::cli
