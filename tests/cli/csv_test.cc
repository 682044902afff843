#include "tools/cli/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;

// "a|b; 2: 1|2": the columns, then each row's line and fields.
std::string in_one_line(const Csv& csv) {
  std::string text = fmt::format("{}", fmt::join(csv.columns, "|"));
  for (const CsvRow& row : csv.rows)
    text += fmt::format("; {}: {}", row.line, fmt::join(row.fields, "|"));
  return text;
}

TEST(CsvTest, TextIsReadAsColumnsAndRowsWithTheirLines) {
  constexpr std::pair<const char*, const char*> kTexts[] = {
      {"n,k\n128,256\n8,16\n", "n|k; 2: 128|256; 3: 8|16"},
      {"n,k\n1,2", "n|k; 2: 1|2"},                          // the last line needs no end
      {"n,k\n", "n|k"},                                     // a header alone has no rows
      {"\xEF\xBB\xBFn,k\n1,2\n", "n|k; 2: 1|2"},            // a byte order mark is no text
      {"n,k\r\n1,2\r\n3,4\r\n", "n|k; 2: 1|2; 3: 3|4"},     // CRLF ends one line
      {"n,k\r1,2\r\r3,4", "n|k; 2: 1|2; 4: 3|4"},           // and so does CR
      {"a,b\n\"x, \"\"y\"\"\",2\n", "a|b; 2: x, \"y\"|2"},  // quoted commas and quotes
      {"a,b\n\"\",\"\"\"\"\n", "a|b; 2: |\""},  // a quoted field that is empty, or a quote
      {"a,b\n\"1\r\n2\",3\n4,5\n", "a|b; 2: 1\r\n2|3; 4: 4|5"},  // a quoted line end
      {"a,b,c\n,,\n", "a|b|c; 2: ||"},                           // empty fields are fields
      {"a\n\"\"\n", "a; 2: "},                  // a line with an empty quoted field is not empty
      {"\n\na,b\n\n1,2\n\n\n", "a|b; 5: 1|2"},  // empty lines are skipped
  };
  for (const auto& [text, expected] : kTexts) {
    const Result<Csv> csv = parse_csv(text);
    ASSERT_TRUE(csv.ok()) << text << ": " << csv.status().message();
    EXPECT_EQ(in_one_line(*csv), expected);
  }
}

TEST(CsvTest, MalformedTextIsRefusedByItsLine) {
  constexpr std::pair<const char*, const char*> kTexts[] = {
      {"", "line 1: no header"},
      {"\xEF\xBB\xBF\r\n", "line 1: no header"},
      {"a,b\n1,2\n3\n", "line 3: 1 fields, but the header has 2 columns"},
      {"a,b\n1,2,3\n", "line 2: 3 fields"},
      {"a,b\n1,\"2\n3,4\n", "line 2: a quote is opened and not closed"},
      {"a,b\n\"1\"x,2\n", "line 2: a closing quote is followed by neither"},
      {"a,b\n1,x\"y\n", "line 2: a quote follows 'x' in an unquoted field"},
  };
  for (const auto& [text, message] : kTexts) {
    const Status status = parse_csv(text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
}

TEST(CsvTest, ColumnIsFoundInAnyCaseAndBetweenBlanks) {
  const Result<Csv> csv = parse_csv("Model, N ,K\nx, 1 ,2\n");
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ(csv->text(csv->rows[0], "n"), "1");
  EXPECT_EQ(csv->text(csv->rows[0], "k"), "2");
  EXPECT_EQ(csv->text(csv->rows[0], "tp"), std::nullopt);
}

TEST(CsvTest, TrimRemovesOuterBlanksOnly) {
  EXPECT_EQ(trim(" \t a b\t"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace jitgemm::cli
