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

using ::testing::AllOf, ::testing::HasSubstr, ::testing::SizeIs;
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
  EXPECT_NE(explanation->candidates.back().rejected, "");
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
            "invalid argument: n = 2116 is not a multiple of 8 (n2116_k7168)");
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

// The command's tests have the rest (tests/cli/cache_test.cc).
using CacheInspectionTest = LibraryTest;

TEST_F(CacheInspectionTest, AnEntryThatIsNotThereIsNamed) {
  const std::string name = std::string(32, '0') + "-" + std::string(16, '0');
  const std::string none =
      "invalid argument: there is no entry '" + name + "' in " + directory.string();
  EXPECT_EQ(message(cache_remove(directory.string(), name)), none);
  EXPECT_EQ(message(cache_read(directory.string(), name).status()), none);
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
