#include "tools/cli/bench/points.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "tests/runtime/temporary_directory.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::SizeIs;

const ShapeOptions kNone;
const ShapeOptions kTwo{.n = {256, 128}, .k = {512, 512}};

class BenchPointsTest : public ::testing::Test {
 protected:
  BenchPointsTest() {
    std::ofstream(anchors_) << "n,k,m,cublaslt_us,best_us\n"
                               "128,512,1,2,1\n128,512,64,3,2\n7168,2048,1,9,8\n";
  }

  Result<BenchPoints> with_anchors(const std::string& text) const {
    std::ofstream(anchors_) << text;
    return bench_points(kNone, {}, anchors_);
  }

  const TemporaryDirectory directory_;
  const std::string anchors_ = directory_.string() + "/anchors.csv";
};

TEST_F(BenchPointsTest, EachShapeIsMeasuredAtEachM) {
  const auto points = bench_points(kTwo, {4, 1}, "");
  ASSERT_TRUE(points.ok()) << points.status().message();
  ASSERT_THAT(points->series, SizeIs(2));
  EXPECT_EQ(points->series[0].desc.n, 256);
  EXPECT_THAT(points->series[0].m, ElementsAre(4, 1));
  EXPECT_THAT(points->series[1].m, ElementsAre(4, 1));
  EXPECT_THAT(bench_points(kTwo, {}, "")->series[1].m,
              ElementsAre(1, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192));
}

TEST_F(BenchPointsTest, RepeatedPointIsMeasuredOnce) {
  const auto points = bench_points({.n = {256, 256}, .k = {512, 512}}, {8, 8}, "");
  ASSERT_TRUE(points.ok()) << points.status().message();
  ASSERT_THAT(points->series, SizeIs(1));
  EXPECT_THAT(points->series[0].m, ElementsAre(8));
}

TEST_F(BenchPointsTest, MOutsideTheLibrarysRangeIsRefused) {
  EXPECT_TRUE(bench_points(kTwo, {1, kMaxDimension}, "").ok());
  for (int64_t m : {int64_t{0}, kMaxDimension + 1})
    EXPECT_THAT(std::string(bench_points(kTwo, {1, m}, "").status().message()),
                HasSubstr(fmt::format("m = {} is not between 1 and {}", m, kMaxDimension)));
}

TEST(GemmOptionsTest, FormAndListOfMAreParsed) {
  const std::pair<const char*, Form> forms[] = {
      {"auto", Form::kAuto}, {"Swapped", Form::kSwapped}, {"normal", Form::kNormal}};
  for (const auto& [name, form] : forms) {
    CLI::App app;
    Form parsed = form == Form::kAuto ? Form::kNormal : Form::kAuto;
    std::vector<int64_t> m;
    add_form_option(app, parsed);
    add_m_list_option(app, m);
    app.parse({"1,8,64", "--m", name, "--form"});  // CLI11 takes them from the back
    EXPECT_EQ(parsed, form) << name;
    EXPECT_THAT(m, ElementsAre(1, 8, 64));
  }
  CLI::App app;
  Form form = Form::kAuto;
  add_form_option(app, form);
  EXPECT_THROW(app.parse(std::vector<std::string>{"sideways", "--form"}), CLI::ParseError);
}

TEST_F(BenchPointsTest, AnchorsGiveThePointsOnlyWithoutShapes) {
  const auto own = bench_points(kNone, {}, anchors_);
  ASSERT_TRUE(own.ok()) << own.status().message();
  ASSERT_THAT(own->series, SizeIs(2));
  EXPECT_THAT(own->series[0].m, ElementsAre(1, 64));
  EXPECT_THAT(own->series[1].m, ElementsAre(1));

  const auto selected = bench_points(kNone, {64, 128}, anchors_);
  ASSERT_TRUE(selected.ok()) << selected.status().message();
  ASSERT_THAT(selected->series, SizeIs(1));
  EXPECT_THAT(selected->series[0].m, ElementsAre(64));

  const auto given = bench_points(kTwo, {1}, anchors_);
  ASSERT_TRUE(given.ok()) << given.status().message();
  EXPECT_THAT(given->series, SizeIs(2));
  EXPECT_EQ(given->series[0].desc.n, 256);
  EXPECT_THAT(given->anchors, SizeIs(3));
  EXPECT_EQ(given->anchors.at({128, 512, 1}).best_us, 1);
}

TEST_F(BenchPointsTest, NoPointIsRefused) {
  for (const auto& points : {bench_points(kNone, {}, ""), bench_points(kNone, {128}, anchors_)}) {
    EXPECT_EQ(points.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(points.status().message()), HasSubstr("no point"));
  }
}

// ---- the table of anchors ----

TEST_F(BenchPointsTest, ColumnsOfAnchorsAreFoundByName) {
  const auto points =
      with_anchors("note,best_us,M,cublaslt_us,k,N\n\"a, b\",11.5, 16 ,15.25,7168,2112\n");
  ASSERT_TRUE(points.ok()) << points.status().message();
  ASSERT_THAT(points->anchors, SizeIs(1));
  const Anchor& anchor = points->anchors.at({2112, 7168, 16});
  EXPECT_EQ(anchor.best_us, 11.5);
  EXPECT_EQ(anchor.cublaslt_us, 15.25);
}

TEST_F(BenchPointsTest, WrongTextOfAnchorsIsNamed) {
  const auto refusal = [](const Result<BenchPoints>& points) {
    EXPECT_EQ(points.status().code(), StatusCode::kInvalidArgument);
    return std::string(points.status().message());
  };
  EXPECT_THAT(refusal(with_anchors("n,k,m,best_us\n8,16,1,2\n")), HasSubstr("'cublaslt_us'"));
  for (const std::string bad : {"", "x", "0", "-1", "1.5us", "nan"})
    EXPECT_THAT(
        refusal(with_anchors("n,k,m,best_us,cublaslt_us\n8,16,1,2,3\n8,16,1," + bad + ",3\n")),
        HasSubstr(anchors_ + ": line 3: best_us"))
        << bad;
  EXPECT_THAT(refusal(bench_points(kNone, {}, "/nowhere/anchors.csv")),
              HasSubstr("/nowhere/anchors.csv"));
}

}  // namespace
}  // namespace jitgemm::cli
