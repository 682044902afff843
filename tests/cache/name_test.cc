#include "cache/name.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cache/samples.h"

namespace jitgemm::cache {
namespace {

const std::string kWhat(32, 'a');
const std::string kBuilder(16, '0');

TEST(NameTest, TextOfAValidNameParsesToIt) {
  const std::optional<EntryName> name = parse_entry_name(kWhat + "-" + kBuilder);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->what_digest, kWhat);
  EXPECT_EQ(name->builder_digest, kBuilder);
}

TEST(NameTest, AnythingElseIsNoName) {
  for (const std::string& text :
       {std::string(), std::string("-"), kWhat, kWhat + "-", kWhat + kBuilder,
        kWhat + "-" + kBuilder + "0", kWhat + "_" + kBuilder, kWhat + "-" + std::string(16, 'A'),
        kWhat + "-" + std::string(16, 'g'), "../" + kWhat.substr(3) + "-" + kBuilder,
        kWhat.substr(1) + "/-" + kBuilder, kWhat + "-" + kBuilder.substr(1) + '\0',
        kWhat.substr(1) + "-" + kBuilder + "0"})
    EXPECT_FALSE(parse_entry_name(text)) << text;
}

TEST(NameTest, ShardIsTheFirstTwoDigitsAndEntryFileHasTheNameAsItsStem) {
  EXPECT_EQ(shard_of("ab" + kWhat), "ab");
  EXPECT_TRUE(is_shard("0f"));
  for (const char* name : {"", "0", "00f", "0F", "..", "g0", "0/"}) EXPECT_FALSE(is_shard(name));
  EXPECT_EQ(parse_entry_file(entry_file(sample_name()))->text(), sample_name().text());
  EXPECT_EQ(entry_stem("x.ljg"), "x");
  EXPECT_FALSE(parse_entry_file("x.ljg"));
  EXPECT_FALSE(entry_stem("x.ljg2"));
}

TEST(NameTest, TemporaryFileIsToldFromEverythingElse) {
  const EntryName name = sample_name();
  const std::string temporary = temporary_file(name, 0xff17);
  EXPECT_EQ(temporary, name.text() + ".000000000000ff17.tmp");
  EXPECT_TRUE(is_temporary(temporary));
  EXPECT_FALSE(entry_stem(temporary));
  for (const std::string& file :
       {entry_file(name), name.text() + ".tmp", name.text() + "..tmp", name.text() + ".x.tmp",
        name.text() + ".1/2.tmp", name.text() + "1.tmp", std::string(".tmp"), std::string("a.tmp"),
        temporary + "~", "x" + temporary})
    EXPECT_FALSE(is_temporary(file)) << file;
}

}  // namespace
}  // namespace jitgemm::cache
