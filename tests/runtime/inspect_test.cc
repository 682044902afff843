#include <gmock/gmock.h>

#include <jitgemm/cache.h>
#include <jitgemm/inspect.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::AnyOf, ::testing::HasSubstr, ::testing::SizeIs,
    ::testing::StartsWith;
namespace fs = std::filesystem;

TEST(ExplainTest, KnowsTheH200First) {
  const std::vector<GpuInfo> gpus = known_gpus();
  ASSERT_FALSE(gpus.empty());
  EXPECT_EQ(gpus.front().name, "H200");
  EXPECT_EQ(gpus.front().sms, 132);
}

TEST(ExplainTest, ShowsOneDecisionThroughToItsKey) {
  const Result<Explanation> explanation = explain(kShape, 16, "H200", {.embedded_table = false});
  ASSERT_TRUE(explanation.ok()) << message(explanation.status());
  EXPECT_THAT(explanation->kernel_name, HasSubstr("n2112_k7168_"));
  EXPECT_FALSE(explanation->reason.empty());
  EXPECT_THAT(explanation->source, HasSubstr("#include"));
  EXPECT_THAT(explanation->key_text, HasSubstr(explanation->source));
  EXPECT_THAT(explanation->key_digest, SizeIs(32));
  ASSERT_FALSE(explanation->candidates.empty());
  EXPECT_EQ(explanation->candidates.front().name, explanation->kernel_name);
  EXPECT_EQ(explanation->candidates.front().rejected, "");
}

// A new member of ExplainOptions does not compile here until the list below has it.
TEST(ExplainTest, EveryOptionDecides) {
  [[maybe_unused]] const auto& [form, tuning_table, embedded_table, pdl, batch_invariant] =
      ExplainOptions();
  const TemporaryDirectory directory;
  const std::string table = (directory.path() / "table.txt").string();
  std::ofstream(table) << "jitgemm-tuning-table 1\ndevice H200\n"
                          "plain 1..64 n512_k7168_swapped_t64x128_s1_k1_p3_w2_b1 family=1 us=1 "
                          "key=a\n";
  constexpr GemmDesc kNarrow = {.n = 512, .k = 7168};
  const struct {
    int64_t m;
    ExplainOptions options;
    const char* name;
    const char* reason;
  } kCases[] = {
      {16, {}, "swapped", "the embedded table: "},
      {16, {.form = Form::kNormal}, "normal", "model: "},
      {64, {.tuning_table = table}, "_t64x128_s1_k1_p3_w2_b1", "table.txt: 1.00 us"},
      {16, {.embedded_table = false}, "swapped", "model: "},
      {16, {.pdl = true}, "swapped", "with dependent launch"},
      {4096, {.batch_invariant = true}, "normal", "model: "},
  };
  for (const auto& c : kCases) {
    const Result<Explanation> explanation = explain(kNarrow, c.m, "H200", c.options);
    ASSERT_TRUE(explanation.ok()) << message(explanation.status());
    EXPECT_THAT(explanation->kernel_name, HasSubstr(c.name));
    EXPECT_THAT(explanation->reason, HasSubstr(c.reason));
  }
  EXPECT_NE(explain(kNarrow, 4096, "H200", {.batch_invariant = true})->kernel_name,
            explain(kNarrow, 4096, "H200")->kernel_name);
}

TEST(ExplainTest, TheFieldsOfTheNameAreExplainedInTheWordsOfTheTable) {
  const Result<Explanation> explanation = explain(kShape, 16, "H200", {.pdl = true});
  ASSERT_TRUE(explanation.ok()) << message(explanation.status());
  std::string name;
  std::set<std::string> meanings;
  for (const NameField& field : kernel_name_fields()) meanings.insert(field.meaning);
  for (const NameField& field : explanation->name_fields) {
    name += (name.empty() ? "" : "_") + field.text;
    EXPECT_EQ(meanings.count(field.meaning), 1u) << field.meaning;
  }
  EXPECT_EQ(name, explanation->kernel_name);
}

TEST(ExplainTest, RefusesWhatItCannotPlan) {
  const Status unknown = explain(kShape, 16, "B200").status();
  EXPECT_EQ(unknown.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(message(unknown), AllOf(HasSubstr("B200"), HasSubstr("H200")));
  EXPECT_EQ(message(explain({.n = 2116, .k = 7168}, 16, "H200").status()),
            "n = 2116 is not a multiple of 8 (n2116_k7168)");
  EXPECT_EQ(explain(kShape, 0, "H200").status().code(), StatusCode::kInvalidArgument);
}

TEST(ProbeTest, SaysWhichNvrtcOrDriverIsMissing) {
  for (const Status& status : {probe_nvrtc(kNowhere).status(), probe_driver(kNowhere).status()}) {
    EXPECT_EQ(status.code(), StatusCode::kMissing);
    EXPECT_THAT(message(status) + std::string(status.detail()), HasSubstr(kNowhere));
  }
}

TEST(ProbeTest, DescribesEveryGpu) {
  StubDriver driver;
  driver.set_devices({StubDriver::h200(), {"NVIDIA A100-SXM4-80GB", 108, 8, 0}});
  const Result<DriverInfo> info = probe_driver(StubDriver::path());
  ASSERT_TRUE(info.ok()) << message(info.status());
  EXPECT_EQ(info->version, "13.2");
  EXPECT_THAT(info->path, HasSubstr("stub"));
  ASSERT_THAT(info->gpus, SizeIs(2));
  EXPECT_EQ(info->gpus[0].name, "NVIDIA H200");
  EXPECT_EQ(info->gpus[0].sms, 132);
  EXPECT_EQ(info->gpus[0].planned_as, "H200");
  EXPECT_EQ(info->gpus[1].compute_major, 8);
  EXPECT_EQ(info->gpus[1].planned_as, "");
}

// A cache that a prewarm by a fake compiler has filled.
class CacheInspectionTest : public LibraryTest {
 protected:
  void SetUp() override {
    auto report = open().prewarm({.shapes = {kShape}, .m_max = 64});
    ASSERT_TRUE(report.ok()) << message(report.status());
    ASSERT_GT(report->compiled, 0);
    entries = static_cast<uint64_t>(report->compiled);
  }

  std::vector<CacheEntryInfo> list() {
    auto listed = cache_list(directory.string());
    EXPECT_TRUE(listed.ok()) << message(listed.status());
    return *listed;
  }

  fs::path file_of(const std::string& name) {
    for (const auto& item : fs::recursive_directory_iterator(directory.path()))
      if (item.path().stem() == name) return item.path();
    ADD_FAILURE() << "no file for " << name;
    return {};
  }

  uint64_t entries = 0;
};

TEST_F(CacheInspectionTest, CountsAndListsSoundEntries) {
  const Result<CacheStats> stats = cache_stats(directory.string());
  ASSERT_TRUE(stats.ok()) << message(stats.status());
  EXPECT_EQ(stats->entries, entries);
  EXPECT_EQ(stats->temporary_files, 0u);
  uint64_t bytes = 0;
  EXPECT_THAT(list(), SizeIs(entries));
  for (const CacheEntryInfo& entry : list()) {
    EXPECT_TRUE(entry.ok) << entry.problem;
    EXPECT_THAT(entry.kernel, AnyOf(StartsWith("n2112_k7168_"), StartsWith("generic_")));
    bytes += fs::file_size(file_of(entry.name));
  }
  EXPECT_EQ(stats->bytes, bytes);
}

TEST_F(CacheInspectionTest, ListsADamagedEntryWithItsProblem) {
  const fs::path file = file_of(list().front().name);
  fs::resize_file(file, fs::file_size(file) / 2);
  const CacheEntryInfo entry = list().front();
  EXPECT_FALSE(entry.ok);
  EXPECT_NE(entry.problem, "");
}

TEST_F(CacheInspectionTest, RemovesOneEntryByName) {
  const std::string name = list().front().name;
  EXPECT_TRUE(cache_remove(directory.string(), name).ok());
  EXPECT_THAT(list(), SizeIs(entries - 1));
  EXPECT_EQ(cache_remove(directory.string(), name).code(), StatusCode::kInvalidArgument);
}

TEST_F(CacheInspectionTest, ClearsEntriesAndNothingElse) {
  const fs::path bystander = directory.path() / "README";
  std::ofstream(bystander) << "mine";
  const Result<uint64_t> cleared = cache_clear(directory.string());
  ASSERT_TRUE(cleared.ok()) << message(cleared.status());
  EXPECT_EQ(*cleared, entries);
  EXPECT_THAT(list(), SizeIs(0));
  EXPECT_TRUE(fs::exists(bystander));
}

TEST_F(CacheInspectionTest, InspectionDoesNotMakeACache) {
  const std::string nowhere = (directory.path() / "nowhere").string();
  EXPECT_EQ(cache_stats(nowhere).status().code(), StatusCode::kIoError);
  EXPECT_EQ(cache_list(nowhere).status().code(), StatusCode::kIoError);
  EXPECT_EQ(cache_clear(nowhere).status().code(), StatusCode::kIoError);
  EXPECT_EQ(cache_remove(nowhere, "x").code(), StatusCode::kIoError);
  EXPECT_FALSE(fs::exists(nowhere));
}

}  // namespace
}  // namespace jitgemm
