// kernels/layout.h: what TMA and wgmma require of shared memory.
#include "kernels/layout.h"
#include "src/plan/normal_tiles.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace jitgemm {
namespace {

constexpr int kTokenTiles[] = {8, 16, 24, 32, 40, 48, 56, 64, 128};

TEST(LayoutTest, SwappedTilesStandOnSwizzleAtomsAndScalesOn16Bytes) {
  for (int tile_m : kTokenTiles)
    for (int tile_n : {64, 128})
      for (int k_blocks : {1, 2, 4}) {
        const SwappedLayout layout = swapped_layout(tile_m, tile_n, 2, k_blocks, 3, true);
        EXPECT_EQ(layout.ring.stage_bytes() % 1024, 0);
        EXPECT_EQ(layout.ring.b_offset() % 1024, 0);
        EXPECT_EQ(layout.ring.a_block_bytes() % 1024, 0);
        EXPECT_EQ(layout.ring.stage_scale_bytes() % 16, 0);
      }
  EXPECT_EQ(normal_layout(128, 176, 2, 4, 0).ring.stage_scale_bytes() % 16, 0);
}

TEST(LayoutTest, TilesCoverAllTokensAndReachBeyondNone) {
  for (int tile_m : {8, 64, 192})
    for (int m = 1; m <= 400; ++m) {
      const Ring ring = {tile_m, 64, 1, 3, 1};
      int covered = 0;
      for (int tile = 0; tile < ceil_div(m, tile_m); ++tile) {
        const int begin = ring.first_token(tile, m);
        ASSERT_GE(begin, 0);
        ASSERT_LE(begin, covered) << "a gap at m = " << m;
        ASSERT_LE(begin + ring.box_tokens(m), m);
        covered = begin + ring.box_tokens(m);
      }
      ASSERT_EQ(covered, m);
    }
}

// The tile warp fills a stage `stages` k-blocks after all consumers have released it, and with the
// first stage of a group, the group's slot.
TEST(LayoutTest, AGroupOfScalesIsOverwrittenOnlyWhenAllConsumersHaveReadIt) {
  for (int k_blocks = 1; k_blocks <= 20; ++k_blocks)
    for (int stages = 1; stages <= 8; ++stages)
      for (const int k : {k_blocks * kBlockK, k_blocks * kBlockK - 16, 0}) {
        const int groups = normal_layout(128, 128, 2, stages, k).scale_groups;
        std::vector<int> last_of_slot(groups, -stages);
        for (int tile = 0, step = 0, slot = 0; tile < 4; ++tile)
          for (int kb = 0; kb < k_blocks; ++kb, ++step) {
            if (kb % NormalLayout::kScaleBlocks == 0) {
              ASSERT_LE(last_of_slot[slot], step - stages) << k << " " << stages;
            }
            last_of_slot[slot] = step;
            if ((kb + 1) % NormalLayout::kScaleBlocks == 0 || kb + 1 == k_blocks)
              slot = (slot + 1) % groups;
          }
      }
  EXPECT_EQ(normal_layout(128, 128, 2, 5, 7168).scale_groups, 2);  // two suffice
}

TEST(LayoutTest, RegionsFollowEachOtherWithoutOverlap) {
  const SwappedLayout s = swapped_layout(40, 128, 4, 2, 5, false);
  EXPECT_GE(s.staging_offset(), s.ring.end());
  EXPECT_GT(s.partials_offset(), s.staging_offset());
  EXPECT_EQ(s.partials_offset() % 16, 0);
  EXPECT_EQ(s.barriers_offset() % 8, 0);
  EXPECT_EQ(s.bytes(), s.barriers_offset() + (2 * 5 + 1) * 8);
  EXPECT_EQ(swapped_layout(40, 128, 4, 2, 5, true).bytes(), s.bytes() + (5 + 1) * 8);

  const NormalLayout n = normal_layout(128, 144, 2, 3, 512);
  EXPECT_GE(n.staging_offset(), n.ring.end());
  EXPECT_EQ(n.staging_offset() % 1024, 0);
  EXPECT_EQ(n.scales_offset(), n.staging_offset() + 128 * 144 * 2);
  EXPECT_EQ(n.scales_offset() % 128, 0);  // as TMA writes
  EXPECT_EQ(n.scale_group_bytes() % 128, 0);
  EXPECT_EQ(n.scale_group_bytes(), 128 * 4 * 4);
  EXPECT_EQ(n.barriers_offset(), n.scales_offset() + 2 * n.scale_group_bytes());
  EXPECT_EQ(n.bytes(), n.barriers_offset() + 2 * 3 * 8);

  EXPECT_EQ(normal_layout(128, 128, 2, 3, 0).store_columns(), 64);  // the widest that divides
  EXPECT_EQ(normal_layout(128, 96, 2, 3, 0).store_columns(), 32);
  EXPECT_EQ(normal_layout(128, 144, 2, 3, 512).store_columns(), 16);
}

TEST(LayoutTest, AWarpCoversEveryBlockOfAStageOnce) {
  for (int k_blocks : {1, 2, 3, 4})
    for (int lanes = 1; lanes <= 64; ++lanes) {
      const int covered = Ring{8, 64, k_blocks, 3, 1}.blocks_covered(lanes);
      EXPECT_EQ(k_blocks % covered, 0) << lanes;
      EXPECT_TRUE(covered == 1 || covered * lanes <= kWarp) << lanes;
    }
}

TEST(LayoutTest, EveryGroupHasOneOwner) {
  for (int tile_m : kTokenTiles)
    for (int split = 1; split <= 8; ++split) {
      const SwappedLayout layout = swapped_layout(tile_m, 64, split, 1, 1, false);
      int owned = 0;
      for (int rank = 0; rank < split; ++rank) {
        const int groups = layout.groups_of(rank);
        EXPECT_GE(groups, 0);
        EXPECT_LE(groups, layout.owned_groups());
        EXPECT_EQ(owned, std::min(rank * layout.owned_groups(), layout.groups()));
        owned += groups;
      }
      EXPECT_EQ(owned, layout.groups());
    }
}

// 16 outputs of a token a row: the owned groups of 8 tokens, or, of a tile of 64, the warp's 16
// tokens for each two of its groups of 8 outputs.
TEST(LayoutTest, StagingHoldsAWarpsPartOfTheResult) {
  for (int split = 1; split <= 8; ++split) {
    const SwappedLayout few = swapped_layout(56, 64, split, 1, 1, false);
    EXPECT_FALSE(tokens_on_m(56));
    EXPECT_EQ(few.staging_rows_per_warp(), few.owned_groups() * 8);
    const SwappedLayout many = swapped_layout(64, 64, split, 1, 1, false);
    EXPECT_TRUE(tokens_on_m(64));
    EXPECT_EQ(many.staging_rows_per_warp(), (many.owned_groups() + 1) / 2 * 16);
  }
}

TEST(LayoutTest, EveryWaveOfTokensHasAWarpgroupForEach64Weights) {
  EXPECT_EQ(swapped_layout(56, 128, 1, 1, 1, false).warpgroups(), 2);
  EXPECT_EQ(swapped_layout(64, 128, 1, 1, 1, false).warpgroups(), 2);
  EXPECT_EQ(swapped_layout(128, 64, 1, 1, 1, false).warpgroups(), 2);
  EXPECT_EQ(swapped_layout(128, 128, 1, 1, 1, false).warpgroups(), 4);
  EXPECT_EQ(swapped_layout(56, 64, 1, 1, 1, false).columns(), 56);
  EXPECT_EQ(swapped_layout(128, 64, 1, 1, 1, false).columns(), 64);
}

// By brute force: the blocks of 128 that [start, start + tile_n) touches, over all tile starts.
TEST(LayoutTest, BScaleRowsCoverEveryTile) {
  for (const plan::NormalTile& tile : plan::kNormalTiles) {
    const int tile_n = tile.tile_n;
    int most = 0;
    for (int start = 0; start < 128 * tile_n; start += tile_n)
      most = std::max(most, (start + tile_n - 1) / 128 - start / 128 + 1);
    EXPECT_EQ(b_scale_rows(tile_n), most) << tile_n;
  }
}

}  // namespace
}  // namespace jitgemm
