// jitgemm cache, on the kernels of one small shape.
#include <gmock/gmock.h>

#include <filesystem>
#include <iterator>
#include <sstream>

#include "tests/cli/command.h"
#include "tests/cli/warm_cache.h"

namespace jitgemm::cli {
namespace {

using ::testing::AllOf, ::testing::AnyOf, ::testing::ContainsRegex, ::testing::HasSubstr,
    ::testing::IsEmpty, ::testing::Not, ::testing::StartsWith;
namespace fs = std::filesystem;

using CacheTest = WarmCacheTest;

TEST_F(CacheTest, LsHasALineForEachEntryWithItsKernel) {
  const Outcome outcome = jitgemm_({"cache", "ls"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), kernels_ + 1);
  ASSERT_EQ(static_cast<int64_t>(listed().size()), kernels_);
  for (const auto& entry : listed()) {
    EXPECT_THAT(outcome.out, HasSubstr(std::string(entry["name"])));
    EXPECT_THAT(std::string(entry["kernel"]),
                AnyOf(StartsWith("n256_k512_"), StartsWith("generic_")));
    EXPECT_EQ(entry["ok"], true);
    EXPECT_EQ(entry["problem"], "");
    EXPECT_EQ(entry["bytes"], fs::file_size(file_of(entry["name"])));
  }
}

TEST_F(CacheTest, VerifyNamesADamagedEntryAndExitsWith1) {
  const Outcome sound = jitgemm_({"cache", "verify", "--json"});
  EXPECT_EQ(sound.exit_code, 0);
  EXPECT_EQ(sound.out, "{\"entries\":" + std::to_string(kernels_) +
                           ",\"ok\":" + std::to_string(kernels_) + ",\"damaged\":0}\n");

  const fs::path file = entry_file();
  flip_a_bit_of(file);
  const Outcome damaged = jitgemm_({"cache", "verify", "--json"});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_EQ(damaged.json(),
            nlohmann::ordered_json({{"entries", kernels_}, {"ok", kernels_ - 1}, {"damaged", 1}}));
  EXPECT_THAT(damaged.err, HasSubstr(file.stem().string()));
  EXPECT_THAT(jitgemm_({"cache", "ls"}).out, ContainsRegex("  false  .*checksum\n"));
  EXPECT_THAT(std::string(listed().at(0)["problem"]), HasSubstr("checksum"));

  flip_a_bit_of(file);  // sound again, but a symlink is no entry
  fs::rename(file, jitgemm_.directory() / "moved");
  fs::create_symlink(jitgemm_.directory() / "moved", file);
  const Outcome symlink = jitgemm_({"cache", "verify", "--json"});
  EXPECT_EQ(symlink.exit_code, 1);
  EXPECT_EQ(symlink.json()["damaged"], 1);
}

TEST_F(CacheTest, DamagedEntryIsCompiledAgainWithAWarningUnlessTheLogIsOff) {
  flip_a_bit_of(entry_file());
  const Outcome outcome = prewarm();
  EXPECT_EQ(outcome.json()["compiled"], 1);
  EXPECT_THAT(outcome.err, HasSubstr("warning jitgemm,v1,damaged,"));
  EXPECT_EQ(jitgemm_({"cache", "verify"}).exit_code, 0);
  flip_a_bit_of(entry_file());
  EXPECT_THAT(prewarm({"--log", "off"}).err, Not(HasSubstr("jitgemm,v1,")));
}

TEST_F(CacheTest, RmTakesAnEntrysOrAKernelsName) {
  const auto entries = listed();
  const Outcome outcome = jitgemm_({"cache", "rm", entries.at(0)["name"], "--json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "{\"removed\":1}\n");
  EXPECT_EQ(jitgemm_({"cache", "rm", entries.at(1)["kernel"]}).exit_code, 0);
  EXPECT_EQ(static_cast<int64_t>(listed().size()), kernels_ - 2);
}

TEST_F(CacheTest, RmOfAnUnknownNameFailsAndRemovesTheOthers) {
  const std::string name = listed().at(0)["name"];
  const Outcome outcome = jitgemm_({"cache", "rm", "nothing", name});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'nothing'"));
  EXPECT_EQ(static_cast<int64_t>(listed().size()), kernels_ - 1);
}

TEST_F(CacheTest, DryRunsListEntriesAndRemoveNone) {
  const std::string name = listed().at(0)["name"];
  const Outcome rm = jitgemm_({"cache", "rm", "--dry-run", name});
  EXPECT_EQ(rm.exit_code, 0);
  EXPECT_THAT(rm.out, AllOf(StartsWith(name), HasSubstr("would remove  1\n")));
  const Outcome clear = jitgemm_({"cache", "clear", "--dry-run", "--json"});
  EXPECT_EQ(clear.out, "{\"would_remove\":" + std::to_string(kernels_) + "}\n");
  EXPECT_EQ(static_cast<int64_t>(listed().size()), kernels_);
}

TEST_F(CacheTest, ClearLeavesOtherFiles) {
  const fs::path note = fs::path(jitgemm_.cache_dir()) / "note.txt";
  std::ofstream(note) << "mine";
  const Outcome outcome = jitgemm_({"cache", "clear", "--json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.json()["removed"], kernels_);
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(fs::exists(note));
}

TEST(CacheWithoutAFolderTest, EveryVerbFailsByNameAndCreatesNone) {
  const Command jitgemm;
  for (const char* verb : {"stats", "ls", "verify", "rm x", "clear", "clear --dry-run", "inspect x",
                           "extract x -o /nonexistent/file", "explain --n 256 --k 512 --m 1"}) {
    std::istringstream words(verb);
    std::vector<std::string> arguments(std::istream_iterator<std::string>(words), {});
    arguments.insert(arguments.begin(), "cache");
    const Outcome outcome = jitgemm(arguments);
    EXPECT_EQ(outcome.exit_code, 1) << verb;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(jitgemm.cache_dir()));
  }
  EXPECT_FALSE(fs::exists(jitgemm.cache_dir()));
}

}  // namespace
}  // namespace jitgemm::cli
