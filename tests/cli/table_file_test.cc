#include "tools/cli/bench/table_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cli {
namespace {

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(TableFileTest, HeaderIsWrittenOnceAndEachRowAtOnce) {
  const TemporaryDirectory folder;
  const std::string path = folder.string() + "/table.csv";
  Result<TableFile> table = TableFile::create(path);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_TRUE(table->add({{"m", 1}, {"us", 2.5}, {"kernel", "a"}, {"peer", nullptr}}).ok());
  EXPECT_EQ(contents(path), "m,us,kernel,peer\n1,2.5,a,\n");
  EXPECT_TRUE(table->add({{"m", 2}, {"us", 3.5}, {"kernel", "b, \"c\""}, {"peer", 4}}).ok());
  EXPECT_EQ(contents(path), "m,us,kernel,peer\n1,2.5,a,\n2,3.5,\"b, \"\"c\"\"\",4\n");
}

TEST(TableFileTest, EmptyPathWritesNothing) {
  Result<TableFile> table = TableFile::create("");
  ASSERT_TRUE(table.ok());
  EXPECT_TRUE(table->add({{"m", 1}}).ok());
}

TEST(TableFileTest, FileThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(TableFile::create("/nowhere/table.csv").status().code(), StatusCode::kIoError);
  Result<TableFile> full = TableFile::create("/dev/full");
  ASSERT_TRUE(full.ok()) << full.status().message();
  EXPECT_EQ(full->add({{"m", 1}}).code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace jitgemm::cli
