// A Library with a tuning table.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::HasSubstr, ::testing::StartsWith, ::testing::UnorderedElementsAre;

constexpr char kPlain[] = "n2112_k7168_swapped_t8x64_s4_k2_p3_w1_b3";
constexpr char kPdl[] = "n2112_k7168_swapped_t8x64_s8_k2_p3_w1_b3";

class TuningTest : public LibraryTest {
 protected:
  Options with_table(const std::string& lines) {
    Options given = options();
    given.tuning_table = directory.string() + "/table.txt";
    std::ofstream(given.tuning_table) << "jitgemm-tuning-table 1\ndevice H200\n" << lines;
    return given;
  }
  Options with_both_chains() {
    return with_table(std::string("plain 1..8 ") + kPlain +
                      " family=1 ahead=1 us=5.9 key=a\npdl 1..8 " + kPdl +
                      " family=1 ahead=2 us=4.4 key=b\n");
  }
};

TEST_F(TuningTest, PrepareMakesTheKernelsOfBothChains) {
  const Library library = open(with_both_chains());
  const Gemm gemm = make_gemm(library);
  EXPECT_EQ(gemm.kernel_name(8), kPlain);
  EXPECT_EQ(gemm.kernel_name(8, true), kPdl);
  EXPECT_EQ(gemm.kernel_name(9), gemm.kernel_name(9, true));
  ASSERT_TRUE(gemm.prepare(8).ok());
  EXPECT_EQ(library.counters().compiled, 2u);
  GemmArgs args = some_args(8);
  EXPECT_TRUE(gemm.launch(args, nullptr).ok());
  args.pdl = true;
  EXPECT_TRUE(gemm.launch(args, nullptr).ok());
  EXPECT_EQ(library.counters().compiled, 2u);
  for (const KernelRecord& record : library.kernels())
    EXPECT_EQ(record.launches, 1u) << record.name;
  const std::vector<stub_launch> launches = driver.launches();
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_THAT(driver.image(launches[0].library), HasSubstr(kPlain));
  EXPECT_THAT(driver.image(launches[1].library), HasSubstr(kPdl));
  EXPECT_EQ(launches[0].params.stages_ahead, 1);
  EXPECT_EQ(launches[1].params.stages_ahead, 2);
}

TEST_F(TuningTest, AKernelOfBothChainsServesAllOfItsValuesOfM) {
  const std::string shared = kPlain, other = kPdl;
  const Library library = open(with_table("plain 1..16 " + shared + " family=1 us=5.9 key=a\n" +
                                          "pdl 1..8 " + shared + " family=1 us=4.4 key=b\n" +
                                          "pdl 9..16 " + other + " family=1 us=4.4 key=c\n"));
  ASSERT_TRUE(make_gemm(library).prepare(1).ok());
  const std::vector<KernelRecord> records = library.kernels();
  const auto record = std::ranges::find(records, kPlain, &KernelRecord::name);
  ASSERT_NE(record, records.end());
  EXPECT_EQ(record->m_first, 1);
  EXPECT_EQ(record->m_last, 16);
}

// With PDL the table's kernel does not fit, so the model chooses one for M = 1 that the table has
// for M = 8 without PDL.
TEST_F(TuningTest, ARecordNamesWhatChoseItsKernelForTheLeastM) {
  const std::string kernel = make_gemm(open()).kernel_name(8, true), us = " family=1 us=1 key=a\n";
  const Library library =
      open(with_table("plain 1..7 " + (kPlain + us) + "plain 8..8 " + (kernel + us) +
                      "pdl 1..8 n2112_k7168_swapped_t16x64_s1_k4_p9_w1_b4" + us));
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.kernel_name(7) == kPlain && gemm.kernel_name(8) == kernel);
  ASSERT_TRUE(gemm.prepare(8).ok());
  const std::vector<KernelRecord> records = library.kernels();
  EXPECT_EQ(std::ranges::find(records, kernel, &KernelRecord::name)->plan, "model");
}

TEST_F(TuningTest, TheUsersTableGoesBeforeTheEmbeddedOne) {
  Options given = options();
  given.embedded_table = true;
  const std::string embedded = make_gemm(open(given)).kernel_name(8);
  given = with_both_chains();
  given.embedded_table = true;
  EXPECT_NE(embedded, kPlain);
  EXPECT_EQ(make_gemm(open(given)).kernel_name(8), kPlain);
}

TEST_F(TuningTest, PrewarmCompilesWhatTheTableAsksFor) {
  const Library library = open(with_both_chains());
  std::set<std::string> made;
  const auto report =
      library.prewarm({.shapes = {kShape}, .m_max = 8},
                      [&](int64_t, int64_t, std::string_view name) { made.emplace(name); });
  ASSERT_TRUE(report.ok()) << message(report.status());
  EXPECT_THAT(made, UnorderedElementsAre(kPlain, kPdl, StartsWith("generic_swapped"),
                                         StartsWith("generic_normal")));
}

TEST_F(TuningTest, ATableThatIsWrongIsRefusedByFileAndLine) {
  const Options given = with_table("plain 1..8 n2112\n");
  const Status status = Library::open(given).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(message(status), HasSubstr("table.txt:3: "));
}

TEST_F(TuningTest, ATableThatIsNotThereIsRefused) {
  for (const std::string& path : {directory.string() + "/none.txt", directory.string()})
    EXPECT_THAT(message(Library::open({.tuning_table = path}).status()),
                HasSubstr("tuning_table = '" + path + "' cannot be read"));
}

}  // namespace
}  // namespace jitgemm
