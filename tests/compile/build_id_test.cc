#include "src/compile/build_id.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cache/files.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::compile {
namespace {

std::string build_id_of_bytes(const TemporaryDirectory& directory, const std::string& bytes) {
  const std::string path = directory.string() + "/library.so";
  cache::write_file(path, bytes);
  return gnu_build_id(path);
}

TEST(BuildIdTest, IsTheOneThatTheLinkerWrote) {
  EXPECT_EQ(gnu_build_id(paths::kFakeNvrtcOld), "00112233445566778899aabbccddeeff01234567");
}

TEST(BuildIdTest, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(gnu_build_id(paths::kFakeNvrtcAlone), "");
  EXPECT_EQ(gnu_build_id("/nowhere"), "");
  EXPECT_EQ(gnu_build_id("/"), "");
  TemporaryDirectory directory;
  EXPECT_EQ(build_id_of_bytes(directory, ""), "");
  EXPECT_EQ(build_id_of_bytes(directory, std::string(1000, 'x')), "");
  for (const int byte : {-4, 0}) {  // a note of another type, and one of another owner
    std::string other = cache::read_file(paths::kFakeNvrtcOld);
    other[other.find(std::string("GNU\0", 4)) + byte] ^= 1;
    EXPECT_EQ(build_id_of_bytes(directory, other), "") << byte;
  }
}

// Found or not, but never a crash or a wrong one.
TEST(BuildIdTest, SurvivesATruncatedFileAndADamagedHeader) {
  TemporaryDirectory directory;
  const std::string whole = cache::read_file(paths::kFakeNvrtcOld);
  const std::string id = build_id_of_bytes(directory, whole);
  ASSERT_NE(id, "");
  for (size_t size = 0; size < whole.size(); size += size < 128 ? 1 : 997)
    EXPECT_EQ(build_id_of_bytes(directory, whole.substr(0, size)), "") << size << " bytes";
  for (size_t at = 0; at < 64; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    const std::string found = build_id_of_bytes(directory, damaged);
    EXPECT_TRUE(found.empty() || found == id) << "byte " << at;
  }
}

}  // namespace
}  // namespace jitgemm::compile
