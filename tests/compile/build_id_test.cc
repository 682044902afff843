#include "src/compile/build_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/compile/fake_nvrtc/fake_nvrtc.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::compile {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string build_id_of_bytes(const TemporaryDirectory& directory, const std::string& bytes) {
  const std::string path = directory.string() + "/library.so";
  std::ofstream(path, std::ios::binary) << bytes;
  return gnu_build_id(path);
}

TEST(BuildIdTest, IsTheOneThatTheLinkerWrote) {
  EXPECT_EQ(gnu_build_id(paths::kFakeNvrtcOld), "00112233445566778899aabbccddeeff01234567");
}

TEST(BuildIdTest, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(gnu_build_id(fake_nvrtc_without_builtins()), "");
  EXPECT_EQ(gnu_build_id("/nowhere"), "");
  EXPECT_EQ(gnu_build_id("/"), "");
  TemporaryDirectory directory;
  EXPECT_EQ(build_id_of_bytes(directory, ""), "");
  EXPECT_EQ(build_id_of_bytes(directory, std::string(1000, 'x')), "");
}

// Found or not, but never a crash or a wrong one.
TEST(BuildIdTest, SurvivesATruncatedFile) {
  TemporaryDirectory directory;
  const std::string whole = contents(paths::kFakeNvrtcOld);
  ASSERT_NE(build_id_of_bytes(directory, whole), "");
  for (size_t size = 0; size < whole.size(); size += size < 128 ? 1 : 997)
    EXPECT_EQ(build_id_of_bytes(directory, whole.substr(0, size)), "") << size << " bytes";
}

TEST(BuildIdTest, SurvivesADamagedHeader) {
  TemporaryDirectory directory;
  const std::string whole = contents(paths::kFakeNvrtcOld),
                    id = build_id_of_bytes(directory, whole);
  for (size_t at = 0; at < 64; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    const std::string found = build_id_of_bytes(directory, damaged);
    EXPECT_TRUE(found.empty() || found == id) << "byte " << at;
  }
}

}  // namespace
}  // namespace jitgemm::compile
