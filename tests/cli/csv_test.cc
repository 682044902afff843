#include "tools/cli/csv.h"

#include <gmock/gmock.h>

namespace jitgemm::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Csv parsed(std::string_view text) {
  Result<Csv> csv = parse_csv(text);
  EXPECT_TRUE(csv.ok()) << csv.status().message();
  return csv.ok() ? *csv : Csv();
}

std::string csv_refusal(std::string_view text) {
  const Result<Csv> csv = parse_csv(text);
  EXPECT_FALSE(csv.ok()) << "accepted: " << text;
  EXPECT_EQ(csv.status().code(), StatusCode::kInvalidArgument);
  return std::string(csv.status().message());
}

TEST(CsvTest, HeaderNamesTheColumnsAndRowsFollow) {
  const Csv csv = parsed("n,k\n128,256\n8,16\n");
  EXPECT_THAT(csv.columns, ElementsAre("n", "k"));
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_THAT(csv.rows[0].fields, ElementsAre("128", "256"));
  EXPECT_THAT(csv.rows[1].fields, ElementsAre("8", "16"));
}

TEST(CsvTest, LastLineNeedsNoEnd) {
  EXPECT_THAT(parsed("n,k\n1,2").rows.at(0).fields, ElementsAre("1", "2"));
}

TEST(CsvTest, HeaderAloneHasNoRows) { EXPECT_THAT(parsed("n,k\n").rows, IsEmpty()); }

TEST(CsvTest, ByteOrderMarkIsNotPartOfAName) {
  EXPECT_THAT(parsed("\xEF\xBB\xBFn,k\n1,2\n").columns, ElementsAre("n", "k"));
}

TEST(CsvTest, CarriageReturnIsNotPartOfAField) {
  const Csv csv = parsed("n,k\r\n1,2\r\n3,4\r\n");
  EXPECT_THAT(csv.columns, ElementsAre("n", "k"));
  EXPECT_THAT(csv.rows.at(1).fields, ElementsAre("3", "4"));
}

TEST(CsvTest, QuotedFieldHoldsCommasQuotesAndLineEnds) {
  const Csv csv = parsed("a,b\n\"x, \"\"y\"\"\r\nz\",2\n");
  EXPECT_THAT(csv.rows.at(0).fields, ElementsAre("x, \"y\"\r\nz", "2"));
}

TEST(CsvTest, QuotedFieldMayBeEmptyOrAQuote) {
  EXPECT_THAT(parsed("a,b\n\"\",\"\"\"\"\n").rows.at(0).fields, ElementsAre("", "\""));
}

TEST(CsvTest, EmptyFieldsAreFields) {
  EXPECT_THAT(parsed("a,b,c\n,,\n").rows.at(0).fields, ElementsAre("", "", ""));
}

TEST(CsvTest, EmptyLinesArePassedOver) {
  const Csv csv = parsed("\n\na,b\n\n1,2\n\n\n");
  ASSERT_EQ(csv.rows.size(), 1u);
  EXPECT_EQ(csv.rows[0].line, 5);
}

TEST(CsvTest, LinesAreThoseOfTheText) {
  const Csv csv = parsed("a,b\n\"1\n2\",3\n4,5\n");
  EXPECT_EQ(csv.rows.at(0).line, 2);
  EXPECT_EQ(csv.rows.at(1).line, 4);
}

TEST(CsvTest, ColumnIsFoundInAnyCaseAndBetweenBlanks) {
  const Csv csv = parsed("Model, N ,K\nx,1,2\n");
  EXPECT_EQ(csv.column("n"), 1u);
  EXPECT_EQ(csv.column("k"), 2u);
  EXPECT_EQ(csv.column("tp"), std::nullopt);
}

TEST(CsvTest, RefusesEmptyText) {
  EXPECT_THAT(csv_refusal(""), HasSubstr("no header"));
  EXPECT_THAT(csv_refusal("\xEF\xBB\xBF\r\n"), HasSubstr("no header"));
}

TEST(CsvTest, RefusesARowOfOtherLengthByItsLine) {
  EXPECT_THAT(csv_refusal("a,b\n1,2\n3\n"), HasSubstr("line 3: 1 fields, but the header has 2"));
  EXPECT_THAT(csv_refusal("a,b\n1,2,3\n"), HasSubstr("line 2: 3 fields"));
}

TEST(CsvTest, RefusesAnOpenQuoteByTheLineThatOpensIt) {
  EXPECT_THAT(csv_refusal("a,b\n1,\"2\n3,4\n"), HasSubstr("line 2: a quote is opened"));
}

TEST(CsvTest, RefusesTextAfterAClosingQuote) {
  EXPECT_THAT(csv_refusal("a,b\n\"1\"x,2\n"), HasSubstr("line 2"));
}

TEST(CsvTest, RefusesAQuoteInsideAnUnquotedField) {
  EXPECT_THAT(csv_refusal("a,b\n1,x\"y\n"), HasSubstr("'x\"y'"));
}

TEST(CsvTest, TrimTakesBlanksFromTheEndsAlone) {
  EXPECT_EQ(trim(" \t a b\t"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace jitgemm::cli
