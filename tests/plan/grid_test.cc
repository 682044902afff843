#include <gtest/gtest.h>

#include "kernels/layout.h"
#include "src/plan/config_name.h"
#include "src/plan/plan.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

TEST(GridTest, SwappedIsOneClusterPerTile) {
  const KernelConfig config = *parse_config_name("n2112_k7168_swapped_t16x64_s4_k2_p3_w1_b1");
  const Grid grid = grid_for(config, {2112, 7168}, 33, 132);
  EXPECT_EQ(grid.x, 33u * 4);
  EXPECT_EQ(grid.y, 3u);
  EXPECT_EQ(grid.cluster, 4u);
  EXPECT_EQ(grid.block, 192u);
  EXPECT_EQ(grid.shared_bytes, static_cast<unsigned>(config.shared_bytes()));
}

TEST(GridTest, NormalHasABlockForEachSmOrTile) {
  const GemmDesc desc{4096, 7168};
  const KernelConfig config = decide(desc, 4096, h200(), {.form = Form::kNormal})->config;
  EXPECT_EQ(grid_for(config, desc, 100000, 132).x, 132u);
  EXPECT_EQ(grid_for(config, desc, 1, 132).x,
            static_cast<unsigned>(ceil_div(config.n, config.tile_n)));
  EXPECT_EQ(grid_for(config, desc, 1, 132).cluster, 1u);
}

}  // namespace
}  // namespace jitgemm::plan
