#include "tools/harness/tuning_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "src/plan/config_name.h"
#include "tests/cache/files.h"
#include "tests/runtime/temporary_directory.h"
#include "tools/harness/tuner.h"

namespace jitgemm::harness {
namespace {

constexpr GemmDesc kShape{.n = 7168, .k = 2048};

Contender winner() {
  Contender contender;
  contender.config = *plan::parse_config_name("n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b3");
  contender.us = 5.5;
  return contender;
}

class TuningFileTest : public ::testing::Test {
 protected:
  TuningFile open(std::vector<int64_t> m) {
    auto file = TuningFile::open(path(), plan::known_devices().front(), std::move(m));
    EXPECT_TRUE(file.ok()) << file.status().message();
    return *std::move(file);
  }
  plan::TuningTable table() const {
    return *plan::TuningTable::parse(cache::read_file(path()), path());
  }
  std::string path() const { return directory_.string() + "/table.txt"; }

 private:
  TemporaryDirectory directory_;
};

TEST_F(TuningFileTest, AWinnerServesFromTheNextSmallerMOnButNoMThatIsFarBelow) {
  const struct {
    std::vector<int64_t> points, tuned, firsts;
  } kCases[] = {
      {{16, 4, 1, 12}, {1, 4, 12, 16}, {1, 2, 7, 13}},  // 7: beyond half of 12
      {{1, 8, 64, 128, 1024}, {8, 64, 128, 1024}, {2, 33, 97, 769}},
  };
  for (const auto& c : kCases) {
    std::remove(path().c_str());
    TuningFile file = open(c.points);
    for (int64_t m : c.tuned) ASSERT_TRUE(file.add(m, false, winner()).ok());
    std::vector<int64_t> firsts;
    const plan::TuningTable written = table();
    for (const plan::TunedRange& line : written.lines()) firsts.push_back(line.m_first);
    EXPECT_EQ(firsts, c.firsts);
  }
}

TEST_F(TuningFileTest, AnotherRunLeavesSmallerMAlone) {
  ASSERT_TRUE(open({16, 40}).add(40, false, winner()).ok());
  TuningFile again = open({64});
  ASSERT_TRUE(again.add(64, false, winner()).ok());
  ASSERT_TRUE(again.add(64, true, winner()).ok());
  const plan::TuningTable written = table();
  ASSERT_EQ(written.lines().size(), 3u);
  EXPECT_EQ(written.lines()[1].m_first, 41);
  EXPECT_EQ(written.lines()[2].m_first, 33);  // of the other chain
  EXPECT_TRUE(open({40}).has(kShape, 40, false));
  EXPECT_FALSE(open({50}).has(kShape, 50, false));  // in the range of 64, but not tuned
}

TEST_F(TuningFileTest, ARunThatWasCutOffGoesOn) {
  ASSERT_TRUE(open({8, 16}).add(8, true, winner()).ok());
  std::ofstream(path(), std::ios::app) << "plain 9..1";  // not the end of a line
  TuningFile again = open({8, 16});
  EXPECT_TRUE(again.has(kShape, 8, true));
  EXPECT_FALSE(again.has(kShape, 8, false));
  EXPECT_FALSE(again.has(kShape, 16, true));
  ASSERT_TRUE(again.add(16, true, winner()).ok());
  EXPECT_EQ(table().lines().size(), 2u);
}

TEST_F(TuningFileTest, AFileThatIsNoTableIsLeftAlone) {
  cache::write_file(path(), "precious\n");
  const auto file = TuningFile::open(path(), plan::known_devices().front(), {8});
  EXPECT_EQ(file.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(cache::read_file(path()), "precious\n");
}

TEST(ConfigListTest, HasAKernelALineAndSkipsCommentsAndEmptyLines) {
  const TemporaryDirectory directory;
  const std::string path = directory.string() + "/configs.txt", name = winner().config.name();
  cache::write_file(path, "# the fastest\n\n" + name + "\n");
  const auto configs = read_config_list(path);
  ASSERT_TRUE(configs.ok() && configs->size() == 1) << configs.status().message();
  EXPECT_EQ(configs->front(), winner().config);
  cache::write_file(path, name + "_x\n");
  EXPECT_EQ(read_config_list(path).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(read_config_list("/nowhere").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace jitgemm::harness
