#include "src/plan/plan.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/layout.h"
#include "src/plan/candidates.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

const GemmDesc kShapes[] = {{2112, 7168},  {7168, 2048}, {576, 7168}, {24576, 1536},
                            {7168, 16384}, {512, 7168},  {7168, 256}, {8, 16},
                            {8, 18432},    {2624, 6144}, {4096, 400}, {36864, 7168}};
const int64_t kTokens[] = {1,   7,   8,   9,   63,   64,   65,   100,   127,
                           128, 129, 255, 256, 1000, 4096, 8192, 16384, 100000};

TEST(PlanTest, EveryShapeAndMIsServedByBothForms) {
  for (const GemmDesc& desc : kShapes)
    for (int64_t m : kTokens)
      for (Form form : {Form::kSwapped, Form::kNormal}) {
        const auto decision = decide(desc, m, h200(), {.form = form});
        ASSERT_TRUE(decision.ok()) << desc.n << "," << desc.k << " m " << m;
        EXPECT_EQ(decision->config.form, form);
      }
}

TEST(PlanTest, TheChosenKernelFitsTheDevice) {
  for (const GemmDesc& desc : kShapes)
    for (int64_t m : kTokens) {
      const KernelConfig config = decide(desc, m, h200())->config;
      EXPECT_LE(config.shared_bytes(), h200().shared_bytes_per_block) << config.name();
      EXPECT_LE((config.shared_bytes() + 1024) * config.blocks_per_sm, h200().shared_bytes_per_sm)
          << config.name();
      EXPECT_LE(config.threads(), 1024);
      EXPECT_LE(config.split, 8) << "larger clusters are not portable";
      EXPECT_GE(config.stages, 1);
    }
}

TEST(PlanTest, EveryRejectionHasAReason) {
  for (const GemmDesc& desc : kShapes) {
    const auto decision = decide(desc, 16, h200());
    ASSERT_TRUE(decision.ok());
    int rejected = 0;
    for (const Candidate& candidate : decision->candidates) rejected += !candidate.rejected.empty();
    EXPECT_GT(rejected, 0);
    EXPECT_TRUE(decision->candidates.front().rejected.empty());
    EXPECT_THAT(decision->reason, ::testing::HasSubstr("us at m = 16"));
  }
}

TEST(PlanTest, CandidatesStandInOrderOfTheirPrediction) {
  const auto decision = decide({7168, 2048}, 16, h200());
  const auto& candidates = decision->candidates;
  EXPECT_TRUE(
      std::is_sorted(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        if (a.rejected.empty() != b.rejected.empty()) return a.rejected.empty();
        return a.rejected.empty() && a.predicted_us < b.predicted_us;
      }));
  EXPECT_EQ(candidates.front().config, decision->config);
}

// 72 blocks on 132 SMs: 10.3 us in a plain chain, 12.4 with dependent launch, where three blocks on
// each of 96 SMs take 10.2.
TEST(PlanTest, WithDependentLaunchTheModelFillsTheDevice) {
  constexpr GemmDesc kDesc = {.n = 4608, .k = 7168};
  const auto blocks = [&](Chain chain) {
    const KernelConfig config = decide(kDesc, 40, h200(), {.chain = chain})->config;
    const Grid grid = grid_for(config, kDesc, 40, h200().sms);
    return grid.x * grid.y;
  };
  EXPECT_EQ(blocks(Chain::kPlain), 72u);
  EXPECT_GT(blocks(Chain::kPdl), 132u);
}

TEST(PlanTest, CandidatesAreDistinctKernels) {
  for (const GemmDesc& desc : kShapes) {
    std::set<std::string> names;
    const auto decision = decide(desc, 64, h200());
    for (const Candidate& candidate : decision->candidates)
      EXPECT_TRUE(names.insert(candidate.config.name()).second) << candidate.config.name();
  }
}

TEST(PlanTest, ManyTokensMayBePartedIntoTwoTilesOrTakeOneOf64) {
  const auto token_tiles = [](int64_t m) {
    std::set<int> tiles;
    for (const KernelConfig& config : enumerate({.n = 512, .k = 7168}, m, Form::kSwapped, h200()))
      tiles.insert(config.tile_m);
    return tiles;
  };
  EXPECT_EQ(token_tiles(16), (std::set<int>{16}));
  EXPECT_EQ(token_tiles(24), (std::set<int>{32}));
  EXPECT_EQ(token_tiles(32), (std::set<int>{32}));
  EXPECT_EQ(token_tiles(40), (std::set<int>{24, 40, 64}));
  EXPECT_EQ(token_tiles(56), (std::set<int>{32, 56, 64}));
  EXPECT_EQ(token_tiles(64), (std::set<int>{32, 64}));
  EXPECT_EQ(token_tiles(100), (std::set<int>{64, 128}));
}

TEST(PlanTest, RangesAgreeWithSingleDecisions) {
  for (const GemmDesc& desc : kShapes) {
    const std::vector<Range> all = ranges(desc, h200());
    ASSERT_FALSE(all.empty());
    for (int64_t m : kTokens) {
      auto range =
          std::find_if(all.begin(), all.end(), [&](const Range& r) { return m <= r.m_last; });
      if (range == all.end()) range = all.end() - 1;
      EXPECT_EQ(range->config, decide(desc, m, h200())->config) << desc.n << " m " << m;
    }
  }
}

TEST(PlanTest, RangesEndWhereTheirFormDoes) {
  for (const GemmDesc& desc : kShapes) {
    EXPECT_EQ(ranges(desc, h200()).back().m_last, kMaxDimension);
    const int64_t swapped_end = ranges(desc, h200(), {.form = Form::kSwapped}).back().m_last;
    EXPECT_EQ(swapped_end, 8 * 65535);
    const Status beyond = decide(desc, swapped_end + 1, h200(), {.form = Form::kSwapped}).status();
    EXPECT_EQ(beyond.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(beyond.message()), ::testing::HasSubstr("65535 token tiles"));
  }
}

// gridDim.y counts 16 bits; x 31.
TEST(PlanTest, EveryGridIsOneThatTheDriverTakes) {
  for (const GemmDesc& desc : kShapes)
    for (Form form : {Form::kAuto, Form::kSwapped, Form::kNormal})
      for (const Range& range : ranges(desc, h200(), {.form = form})) {
        const Grid grid = grid_for(range.config, desc, range.m_last, h200().sms);
        EXPECT_LE(grid.y, 65535u) << range.config.name() << " at m = " << range.m_last;
        EXPECT_LT(grid.x, 1u << 31);
      }
}

TEST(PlanTest, AShapeNeedsAShortListOfKernels) {
  for (const GemmDesc& desc : kShapes)
    EXPECT_LE(kernels_for(desc, 8192, h200()).size(), 27u) << desc.n << "," << desc.k;
  EXPECT_EQ(kernels_for({7168, 2048}, 8, h200()).size(), 1u);
  EXPECT_TRUE(kernels_for({7168, 2048}, 0, h200()).empty());
}

TEST(PlanTest, DecodeIsSwappedAndPrefillIsNormal) {
  for (const GemmDesc& desc : {GemmDesc{2112, 7168}, {7168, 2048}, {24576, 1536}, {512, 7168}}) {
    EXPECT_EQ(decide(desc, 1, h200())->config.form, Form::kSwapped);
    EXPECT_EQ(decide(desc, 64, h200())->config.form, Form::kSwapped);
    EXPECT_EQ(decide(desc, 4096, h200())->config.form, Form::kNormal);
  }
}

TEST(PlanTest, NarrowWeightsAreSplitAlongK) {
  EXPECT_GT(decide({512, 7168}, 8, h200())->config.split, 1);
  EXPECT_EQ(decide({32768, 512}, 8, h200())->config.split, 1);
}

TEST(PlanTest, FewerSmsGiveAnotherPlanOfTheSameKernels) {
  const DeviceModel h20 = *device_by_name("H20");
  for (const GemmDesc& desc : kShapes)
    for (int64_t m : kTokens) EXPECT_TRUE(decide(desc, m, h20).ok());
}

TEST(PlanTest, MThatIsNotPositiveIsRefusedByName) {
  for (int64_t m : {int64_t{0}, int64_t{-1}, int64_t{1} << 40}) {
    const Status status = decide({7168, 2048}, m, h200()).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("m = "));
  }
}

TEST(GridTest, SwappedIsOneClusterPerTile) {
  KernelConfig config;
  config.form = Form::kSwapped;
  config.n = 2112;
  config.k = 7168;
  config.tile_m = 16;
  config.tile_n = 64;
  config.split = 4;
  config.k_blocks = 2;
  config.stages = 3;
  const Grid grid = grid_for(config, {2112, 7168}, 33, 132);
  EXPECT_EQ(grid.x, 33u * 4);
  EXPECT_EQ(grid.y, 3u);
  EXPECT_EQ(grid.cluster, 4u);
  EXPECT_EQ(grid.block, 192u);
  EXPECT_EQ(grid.shared_bytes, static_cast<unsigned>(config.shared_bytes()));
}

TEST(GridTest, NormalBlocksStayAndNeverExceedTheTiles) {
  const GemmDesc desc{4096, 7168};
  const KernelConfig config = decide(desc, 4096, h200(), {.form = Form::kNormal})->config;
  EXPECT_EQ(grid_for(config, desc, 100000, 132).x, 132u);
  EXPECT_EQ(grid_for(config, desc, 1, 132).x,
            static_cast<unsigned>(ceil_div(config.n, config.tile_n)));
  EXPECT_EQ(grid_for(config, desc, 1, 132).cluster, 1u);
}

}  // namespace
}  // namespace jitgemm::plan
