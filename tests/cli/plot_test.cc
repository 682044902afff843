// tools/plot.py, on a table as `jitgemm bench --csv` writes it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"
#include "tools/cli/bench/report.h"
#include "tools/cli/csv.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr, ::testing::Not;

BenchRow plotted(int64_t n, int64_t m) {
  return {.desc = {.n = n, .k = 2048},
          .m = m,
          .kernel = "kernel, with a comma",
          .ours = {.median_us = 5},
          .ours_pdl = {.median_us = 4},
          .floor_us = 3,
          .pdl_floor_us = 2};
}

// The picture of a benchmark's rows. In the text of the SVG, each string stands in a comment.
std::string picture_of(const std::vector<BenchRow>& rows) {
  const TemporaryDirectory folder;
  const std::string csv = folder.string() + "/bench.csv", svg = folder.string() + "/bench.svg";
  Result<TableFile> table = TableFile::create(csv);
  for (const BenchRow& row : rows) EXPECT_TRUE(table->add(to_json(row)).ok());
  const std::string draw = fmt::format("{}/tools/plot.py {} {}", paths::kSource, csv, svg);
  EXPECT_EQ(std::system(draw.c_str()), 0);
  std::ifstream file(svg);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PlotTest, EachShapeHasAPanelWithALineForEachTimeThatWasMeasured) {
  if (std::system("/usr/bin/python3 -c 'import matplotlib' 2>/dev/null") != 0)
    GTEST_SKIP() << "/usr/bin/python3 has no matplotlib (Debian: python3-matplotlib)";
  const std::vector<BenchRow> rows = {plotted(128, 1), plotted(256, 1), plotted(128, 8)};
  const std::string alone = picture_of(rows);
  for (const char* text :
       {"n = 128, k = 2048", "n = 256, k = 2048", "ours", "ours, PDL", "floor", "floor, PDL"})
    EXPECT_THAT(alone, HasSubstr(fmt::format("<!-- {} -->", text)));
  EXPECT_THAT(alone, Not(HasSubstr("cuBLASLt")));

  BenchRow full = plotted(128, 16);
  full.peer_us = 9;
  full.anchor = Anchor{.best_us = 8, .cublaslt_us = 10};
  const std::string compared = picture_of({full});
  for (const char* text : {"cuBLASLt", "fastest peer of the anchors"})
    EXPECT_THAT(compared, HasSubstr(fmt::format("<!-- {} -->", text)));
}

}  // namespace
}  // namespace jitgemm::cli
