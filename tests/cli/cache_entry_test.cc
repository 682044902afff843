// jitgemm cache inspect, extract, explain, on the kernels of one small shape.
#include <gmock/gmock.h>

#include "tests/cli/warm_cache.h"
#include "tests/paths.h"
#include "tools/cli/cache/key_difference.h"

namespace jitgemm::cli {
namespace {

using ::testing::AllOf, ::testing::HasSubstr, ::testing::IsEmpty, ::testing::StartsWith;
namespace fs = std::filesystem;

using CacheEntryTest = WarmCacheTest;

TEST_F(CacheEntryTest, InspectShowsTheWholeKeyOfANameItsFirstDigitsOrAKernel) {
  const auto entry = listed().at(0);
  const std::string name = entry["name"];
  for (const std::string& word : {name.substr(0, 4), entry["kernel"].get<std::string>()})
    EXPECT_EQ(jitgemm_({"cache", "inspect", word, "--json"}).json()["name"], name) << word;
  for (const std::string& word : {name.substr(0, 3), name.substr(1, 8)})
    EXPECT_EQ(jitgemm_({"cache", "inspect", word}).exit_code, 1) << word;
  const auto shown = jitgemm_({"cache", "inspect", name, "--json"}).json();
  EXPECT_EQ(shown["name"], name);
  EXPECT_EQ(shown["kernel"], entry["kernel"]);
  EXPECT_EQ(shown["signed_by"], "");
  EXPECT_THAT(shown["builder"].get<std::string>(), StartsWith("nvrtc "));
  EXPECT_THAT(shown["key_text"].get<std::string>(),
              AllOf(HasSubstr("-arch=sm_90a"), HasSubstr("constexpr int")));
  EXPECT_THAT(jitgemm_({"cache", "inspect", name}).out,
              HasSubstr(shown["key_text"].get<std::string>()));
}

TEST_F(CacheEntryTest, AmbiguousNameIsAUsageErrorThatListsTheEntries) {
  const auto entry = listed().at(0);
  const fs::path file = entry_file();
  std::string other = file.stem().string();
  other.back() = other.back() == '0' ? '1' : '0';
  fs::copy(file, file.parent_path() / (other + ".ljg"));  // damaged, with the same first digits
  const Outcome outcome = jitgemm_({"cache", "inspect", other.substr(0, 32)});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(other), HasSubstr(file.stem().string())));
}

TEST_F(CacheEntryTest, ExtractWritesTheCubin) {
  const std::string file = (jitgemm_.directory() / "kernel.cubin").string();
  const std::string name = listed().at(0)["name"];
  const Outcome outcome = jitgemm_({"cache", "extract", name, "-o", file, "--json"});
  const auto bytes = jitgemm_({"cache", "inspect", name, "--json"}).json()["cubin_bytes"];
  EXPECT_EQ(outcome.json(),
            nlohmann::ordered_json({{"name", name}, {"file", file}, {"bytes", bytes}}));
  EXPECT_EQ(fs::file_size(file), bytes);
  std::ifstream cubin(file, std::ios::binary);
  std::string magic(4, ' ');
  cubin.read(magic.data(), 4);
  EXPECT_EQ(magic,
            "\x7f"
            "ELF");
  EXPECT_EQ(jitgemm_({"cache", "extract", name, "-o", "/nonexistent/file"}).exit_code, 1);
}

TEST_F(CacheEntryTest, DamagedEntryIsNeitherShownNorExtracted) {
  flip_a_bit_of(entry_file());
  const std::string name = entry_file().stem();
  const std::string file = (jitgemm_.directory() / "kernel.cubin").string();
  for (const Outcome& outcome :
       {jitgemm_({"cache", "inspect", name}), jitgemm_({"cache", "extract", name, "-o", file})}) {
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("checksum"));
  }
  EXPECT_FALSE(fs::exists(file));
}

class CacheExplainTest : public WarmCacheTest {
 protected:
  nlohmann::ordered_json explain(std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"cache", "explain", "--json", "--n", "256", "--k", "512", "--m", "16"});
    return jitgemm_(more).json();
  }
};

TEST_F(CacheExplainTest, EntryOfTheKeyIsAHitAndOfAnyBuilderWithoutNvrtc) {
  const auto answer = explain();
  EXPECT_EQ(answer["hit"], true);
  EXPECT_TRUE(answer["differences"].empty() && answer["damaged"].empty());
  EXPECT_THAT(answer["nearest"]["name"].get<std::string>(),
              StartsWith(answer["key"].get<std::string>() + "-"));
  EXPECT_EQ(explain({"--nvrtc", "/nonexistent"})["hit"], true);
}

TEST_F(CacheExplainTest, MissNamesTheFieldsThatDifferFromTheNearestEntry) {
  std::vector<std::string> words = {"cache", "explain", "--n", "264", "--k", "512", "--m", "16"};
  const std::string text = jitgemm_(words).out;
  words.push_back("--json");
  const auto answer = jitgemm_(words).json();
  EXPECT_EQ(answer["hit"], false);
  ASSERT_FALSE(answer["differences"].empty());
  const auto& first = answer["differences"][0];
  EXPECT_THAT(first["field"].get<std::string>(), StartsWith("source line "));
  EXPECT_THAT(first["wanted"].get<std::string>(), HasSubstr("264"));
  EXPECT_THAT(first["found"].get<std::string>(), HasSubstr("256"));
  EXPECT_THAT(text, AllOf(HasSubstr("hit      false"), HasSubstr("\n  wanted  constexpr"),
                          HasSubstr("264")));
}

TEST_F(CacheExplainTest, EntryOfAnotherBuilderIsAMiss) {
  const auto answer = explain({"--nvrtc", paths::kSlowNvrtc});
  EXPECT_EQ(answer["hit"], false);
  ASSERT_EQ(answer["differences"].size(), 1u);
  EXPECT_EQ(answer["differences"][0]["field"], "builder");
}

TEST_F(CacheExplainTest, DamageIsNamed) {
  for (const auto& entry : listed()) flip_a_bit_of(file_of(entry["name"]));
  const auto answer = explain();
  EXPECT_EQ(answer["hit"], false);
  ASSERT_EQ(answer["damaged"].size(), 1u);
  EXPECT_THAT(answer["damaged"][0].get<std::string>(), HasSubstr("checksum"));
  EXPECT_TRUE(answer["nearest"].is_null());
}

TEST_F(CacheExplainTest, ReadOnlyFoldersAreSearchedToo) {
  const std::string empty = (jitgemm_.directory() / "empty").string();
  fs::create_directory(empty);
  const auto answer =
      explain({"--cache-dir", empty, "--read-only-cache-dirs", jitgemm_.cache_dir()});
  EXPECT_EQ(answer["hit"], true);
  EXPECT_EQ(answer["nearest"]["folder"], jitgemm_.cache_dir());
}

// ---- the comparison of keys ----

std::string lines(std::string_view wanted, std::string_view found) {
  std::string all;
  const auto text = [](const Json& value) { return value.get<std::string>(); };
  for (const Json& each : compare_keys(wanted, found))
    all += text(each["field"]) + ": " + text(each["wanted"]) + " | " + text(each["found"]) + "\n";
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
