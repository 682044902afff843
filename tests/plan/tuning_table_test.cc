#include "src/plan/tuning_table.h"

#include <gmock/gmock.h>

#include <string>

#include "src/plan/candidates.h"
#include "src/plan/config_name.h"
#include "src/plan/plan.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

using ::testing::AllOf, ::testing::HasSubstr, ::testing::Ne;

constexpr GemmDesc kShape{.n = 7168, .k = 2048};
constexpr char kHeader[] = "jitgemm-tuning-table 1\n";
constexpr char kKernel[] = "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b3";
constexpr char kOther[] = "n7168_k2048_swapped_t16x64_s2_k2_p3_w1_b2";

std::string line(const char* chain_and_m, const char* kernel, int family = 1) {
  return std::string(chain_and_m) + " " + kernel + " family=" + std::to_string(family) +
         " us=5.50 key=abc\n";
}

TuningTable table_of(const std::string& lines) {
  Result<TuningTable> table = TuningTable::parse(kHeader + ("device H200\n" + lines), "a table");
  EXPECT_TRUE(table.ok()) << table.status().message();
  return *std::move(table);
}

std::string refusal(const std::string& text) {
  return std::string(TuningTable::parse(text, "tuned.txt").status().message());
}

Decision decide_by(const TuningTable& table, int64_t m, Chain chain = Chain::kPlain,
                   Form form = Form::kAuto) {
  return *decide(kShape, m, h200(), {.form = form, .chain = chain, .tables = {&table, 1}});
}

TEST(TuningTableTest, ALineServesItsValuesOfMAndTheLastLineForAnMCounts) {
  const TuningTable table = table_of(line("plain 9..12", kKernel) + line("plain 11..12", kOther));
  for (int64_t m : {9, 10}) EXPECT_EQ(decide_by(table, m).config.name(), kKernel);
  for (int64_t m : {11, 12}) EXPECT_EQ(decide_by(table, m).config.name(), kOther);
  for (int64_t m : {8, 13})
    EXPECT_THAT(decide_by(table, m).config.name(), AllOf(Ne(kKernel), Ne(kOther)));
  EXPECT_THAT(decide_by(table, 9).reason, HasSubstr("a table: 5.50 us"));
}

TEST(TuningTableTest, TheRangesOfAPlanAreWhatEachMDecides) {
  const TuningTable table = table_of(line("plain 5..11", kKernel) + line("pdl 2..2", kOther));
  for (Chain chain : kChains) {
    int64_t m = 1;
    for (const Range& range : ranges(kShape, h200(), {.chain = chain, .tables = {&table, 1}}))
      for (; m <= std::min<int64_t>(range.m_last, 100); ++m)
        EXPECT_EQ(range.config, decide_by(table, m, chain).config) << m;
  }
}

TEST(TuningTableTest, WithPdlAPlainLineCountsWhereNoPdlLineDoes) {
  const TuningTable table = table_of(line("plain 1..16", kKernel) + line("pdl 1..8", kOther));
  EXPECT_EQ(decide_by(table, 8, Chain::kPdl).config.name(), kOther);
  EXPECT_EQ(decide_by(table, 9, Chain::kPdl).config.name(), kKernel);
  EXPECT_EQ(decide_by(table, 8, Chain::kPlain).config.name(), kKernel);
}

TEST(TuningTableTest, TheOverlapOfALineIsThatOfItsChainOnly) {
  const std::string tuned = " family=1 ahead=4 fetched=1 release=early us=5.50 key=abc\n";
  const TuningTable plain = table_of(std::string("plain 1..8 ") + kKernel + tuned);
  const TuningTable pdl = table_of(std::string("pdl 1..8 ") + kKernel + tuned);
  const Overlap all = {.stages_ahead = 4, .stages_fetched = 1, .release_early = true};
  EXPECT_EQ(decide_by(pdl, 8, Chain::kPdl).overlap, all);
  EXPECT_EQ(decide_by(plain, 8, Chain::kPdl).overlap, usual_overlap(*parse_config_name(kKernel)));
  const Decision by_model = decide_by(pdl, 9, Chain::kPdl);
  EXPECT_EQ(by_model.overlap, usual_overlap(by_model.config));
  constexpr char kReason[] = "a table: 5.50 us when tuned for m = 1..8, ";
  EXPECT_EQ(decide_by(pdl, 8, Chain::kPdl).reason,
            kReason + std::string("with dependent launch, 4 stages ahead, 1 fetched, "
                                  "releases early"));
  EXPECT_THAT(decide_by(plain, 8, Chain::kPdl).reason,
              HasSubstr(kReason + std::string("plain launches, ")));
}

TEST(TuningTableTest, ALineWithoutAnOverlapServesInTheUsualOne) {
  for (const char* kernel : {kKernel, "n7168_k2048_swapped_t8x64_s1_k1_p16_w1_b1"}) {
    const TuningTable table = table_of(line("pdl 1..8", kernel));
    EXPECT_EQ(table.lines()[0].overlap, usual_overlap(*parse_config_name(kernel)));
  }
}

TEST(TuningTableTest, OneKernelInTwoOverlapsIsTwoRanges) {
  const std::string tuned = " family=1 ahead=4 us=5.50 key=abc\n";
  const TuningTable table =
      table_of(line("plain 1..8", kKernel) + "plain 9..16 " + kKernel + tuned);
  const std::vector<Range> all = ranges(kShape, h200(), {.tables = {&table, 1}});
  EXPECT_EQ(all[0].m_last, 8);
  EXPECT_EQ(all[1].m_last, 16);
  EXPECT_EQ(all[0].config, all[1].config);
  EXPECT_EQ(all[1].overlap.stages_ahead, 4);
}

TEST(TuningTableTest, ALineServesOnlyItsFormItsFamilyAndAWholeGpuOfItsKind) {
  const TuningTable table = table_of(line("plain 1..16", kKernel));
  EXPECT_EQ(decide_by(table, 8, Chain::kPlain, Form::kNormal).config.form, Form::kNormal);
  DeviceModel slice = h200();
  slice.sms = 60;
  EXPECT_NE(table.find(kShape, 8, Chain::kPlain, h200()), nullptr);
  EXPECT_EQ(table.find(kShape, 8, Chain::kPlain, slice), nullptr);
  EXPECT_EQ(table.find(kShape, 8, Chain::kPlain, *device_by_name("H20")), nullptr);
  const TuningTable other_family = table_of(line("plain 1..16", kKernel, 99));
  EXPECT_EQ(other_family.passed_over(), 1);
  EXPECT_TRUE(other_family.lines().empty());
}

// 112 clusters at M up to 16; more than run at once at M = 1000.
TEST(TuningTableTest, ALineServesOnlyIfItsKernelFitsTheDeviceAndServesItsLastM) {
  const char* const kTooLarge = "n7168_k2048_swapped_t16x64_s1_k4_p9_w1_b4";
  EXPECT_NE(decide_by(table_of(line("plain 1..16", kTooLarge)), 8).config.name(), kTooLarge);
  EXPECT_EQ(decide_by(table_of(line("plain 1..16", kOther)), 8).config.name(), kOther);
  EXPECT_NE(decide_by(table_of(line("plain 1..1000", kOther)), 8).config.name(), kOther);
}

TEST(TuningTableTest, LinesMayEndAsOnWindowsAndCommentsAreSkipped) {
  std::string text = kHeader + ("# mine\n\ndevice H200\n" + line("plain 1..8", kKernel));
  for (size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 2) text.insert(at, "\r");
  const Result<TuningTable> table = TuningTable::parse(text, "a table");
  ASSERT_TRUE(table.ok()) << table.status().message();
  ASSERT_EQ(table->lines().size(), 1u);
  EXPECT_EQ(table->lines()[0].device, "H200");
  EXPECT_EQ(table->lines()[0].key, "abc");
}

TEST(TuningTableTest, EachThingThatIsWrongIsNamedWithItsLine) {
  const std::string device = kHeader + std::string("device H200\n");
  const std::string served = device + "plain 1..8 " + kKernel;
  std::vector<std::pair<std::string, const char*>> cases = {
      {"plain 1..8\n", "tuned.txt:1: 'jitgemm-tuning-table 1' expected"},
      {kHeader + line("plain 1..8", kKernel), "tuned.txt:2: a 'device'"},
      {kHeader + std::string("device B200\n"), "B200"},
      {device + line("fast 1..8", kKernel), "tuned.txt:3: 'device'"},
      {device + line("plain 1..8", "n7168"), "not the name of a kernel"},
      {device + line("plain 1..8", "n7168_k2048_swapped_t12x64_s1_k2_p3_w1_b4"),
       "the tile, the split or"},
      {device + line("plain 1..8", "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b9"), "9 blocks an SM"},
      {served + " us=1 key=a\n", "family="},
      {served + " family=1 us=0 key=a\n", "us="},
      {served + " family=1 us=1\n", "key="},
  };
  for (const char* m : {"plain 0..8", "plain 8..1", "plain 8", "plain 1..x"})
    cases.emplace_back(device + line(m, kKernel), "values of M");
  for (const auto& [text, message] : cases) EXPECT_THAT(refusal(text), HasSubstr(message));
  for (const char* field : {"b", "ahead=0", "ahead=x", "fetched=-1", "release=soon"})
    EXPECT_THAT(refusal(served + " family=1 us=1 key=a " + field + "\n"),
                HasSubstr("expected, found '" + std::string(field) + "'"));
}

// A new member of TunedRange does not compile here until it is compared.
TEST(TuningTableTest, EveryFieldOfALineIsWrittenAndRead) {
  for (Chain chain : kChains)
    for (bool early : {false, true}) {
      const TunedRange written = {
          "H20", chain, 9, 12, *parse_config_name(kOther), {7, 5, early}, 4.25, "0f3cab",
      };
      const TuningTable table =
          *TuningTable::parse(table_header() + device_line("h20") + written.text(), "a table");
      ASSERT_EQ(table.lines().size(), 1u);
      const auto& [device, its_chain, m_first, m_last, config, overlap, us, key] =
          table.lines().front();
      EXPECT_EQ(device, written.device);
      EXPECT_EQ(its_chain, written.chain);
      EXPECT_EQ(m_first, written.m_first);
      EXPECT_EQ(m_last, written.m_last);
      EXPECT_EQ(config, written.config);
      EXPECT_EQ(overlap, written.overlap) << overlap.text();
      EXPECT_EQ(us, written.us);
      EXPECT_EQ(key, written.key);
    }
}

// Every line decides in its chain, at both ends of its M.
TEST(TuningTableTest, EveryLineOfTheEmbeddedTableServesToday) {
  const TuningTable table = embedded_table();
  EXPECT_EQ(table.passed_over(), 0);
  int served[] = {0, 0};
  for (const TunedRange& line : table.lines()) {
    const GemmDesc desc = {.n = line.config.n, .k = line.config.k};
    const Result<DeviceModel> device = device_by_name(line.device);
    ASSERT_TRUE(device.ok());
    EXPECT_EQ(reject(line.config, line.m_last, *device), "") << line.text();
    for (int64_t m : {line.m_first, line.m_last}) {
      if (table.find(desc, m, line.chain, *device) != &line) continue;  // a later line counts
      const Decision decision =
          *decide(desc, m, *device, {.chain = line.chain, .tables = {&table, 1}});
      EXPECT_EQ(decision.config, line.config) << line.text();
      EXPECT_EQ(decision.overlap, line.overlap) << line.text();
      EXPECT_EQ(decision.source, "the embedded table");
      ++served[static_cast<int>(line.chain)];
    }
  }
  EXPECT_GE(served[0], 500);
  EXPECT_GE(served[1], 500);
}

}  // namespace
}  // namespace jitgemm::plan
