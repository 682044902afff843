#include "src/plan/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kernels/layout.h"
#include "src/plan/candidates.h"
#include "src/plan/config_name.h"
#include "src/plan/desc.h"
#include "tests/plan/h200.h"

namespace jitgemm::plan {
namespace {

const GemmDesc kShapes[] = {{2112, 7168},  {7168, 2048}, {576, 7168}, {24576, 1536},
                            {7168, 16384}, {512, 7168},  {7168, 256}, {8, 16},
                            {8, 18432},    {2624, 6144}, {4096, 400}, {36864, 7168}};
const int64_t kTokens[] = {1,   7,   8,   9,   63,   64,   65,   100,   127,
                           128, 129, 255, 256, 1000, 4096, 8192, 16384, 100000};

TEST(PlanTest, EveryShapeAndMIsServedByBothFormsAndOnADeviceOfFewSms) {
  const DeviceModel h20 = *device_by_name("H20");
  for (const GemmDesc& desc : kShapes)
    for (int64_t m : kTokens) {
      EXPECT_TRUE(decide(desc, m, h20).ok());
      for (Form form : {Form::kSwapped, Form::kNormal}) {
        const auto decision = decide(desc, m, h200(), {.form = form});
        ASSERT_TRUE(decision.ok()) << desc.n << "," << desc.k << " m " << m;
        EXPECT_EQ(decision->config.form, form);
      }
    }
}

// By the model in either form, and by a table, whose lines name no bias.
TEST(PlanTest, EveryKernelOfAPlanHasTheBiasOfTheShape) {
  const TuningTable table = embedded_table();
  for (BiasType bias : {BiasType::kNone, BiasType::kBf16, BiasType::kFp32})
    for (Form form : {Form::kSwapped, Form::kNormal})
      for (const auto& tables : {std::span<const TuningTable>(), {&table, 1}})
        for (const Range& range :
             ranges({.n = 7168, .k = 2048, .bias = bias}, h200(), {.form = form, .tables = tables}))
          EXPECT_EQ(range.config.bias, bias) << range.config.name() << " by " << range.source;
}

TEST(PlanTest, CandidatesAreDistinctAndFitTheDeviceUnlessTheyAreRejected) {
  const DeviceModel device = h200();
  for (const GemmDesc& desc : kShapes)
    for (int64_t m : {1, 64, 100, 4096}) {
      std::set<std::string> names;
      const Decision decision = *decide(desc, m, device);
      for (const Candidate& candidate : decision.candidates) {
        const KernelConfig& config = candidate.config;
        EXPECT_TRUE(names.insert(config.name()).second) << config.name();
        if (!candidate.rejected.empty()) continue;
        EXPECT_LE(config.shared_bytes(), device.shared_bytes_per_block) << config.name();
        EXPECT_LE((config.shared_bytes() + 1024) * config.blocks_per_sm, device.shared_bytes_per_sm)
            << config.name();
        EXPECT_LE(config.threads(), 1024);
        EXPECT_EQ(defect_of(config), "") << config.name();
      }
    }
}

// Every reason of candidates.cc, by a kernel that has it.
TEST(PlanTest, EveryRejectionHasAReason) {
  const struct {
    const char* kernel;
    int64_t m;
    const char* reason;
  } kCases[] = {
      {"n7168_k2048_swapped_t16x64_s1_k4_p9_w1_b4", 8, "bytes of shared memory are too many for 4"},
      {"n7168_k256_swapped_t16x64_s3_k1_p1_w1_b1", 8, "3 slices of K, which has only 2 steps"},
      {"n7168_k2048_swapped_t16x64_s1_k2_p2_w1_b4", 8,
       "2 stages fit 4 blocks an SM; a slice of 8 steps needs 3"},
      {"n7168_k2048_swapped_t16x64_s2_k2_p3_w1_b2", 64, "448 clusters of 2 blocks; 198 run"},
      {"n7168_k2048_normal_t128x128_s1_k1_p2_w2_b1", 8, "2 stages fit; the normal form needs 3"},
      {"n8_k16_swapped_t8x64_s1_k1_p1_w1_b1", int64_t{8} * kMaxTokenTiles + 1,
       "m = 524281 has more than 65535 token tiles of 8"},
  };
  for (const auto& c : kCases)
    EXPECT_THAT(reject(*parse_config_name(c.kernel), c.m, h200()), ::testing::HasSubstr(c.reason));
  const KernelConfig most_tiles = *parse_config_name("n8_k16_swapped_t8x64_s1_k1_p1_w1_b1");
  EXPECT_EQ(reject(most_tiles, int64_t{8} * kMaxTokenTiles, h200()), "");
}

TEST(PlanTest, CandidatesStandInOrderAndTheReasonHasTheTimeAndTheBestOfTheOtherForm) {
  const auto decision = decide({7168, 2048}, 125, h200());
  const auto& candidates = decision->candidates;
  EXPECT_TRUE(std::ranges::is_sorted(candidates, {}, [](const Candidate& c) {
    return std::pair(!c.rejected.empty(), c.rejected.empty() ? c.predicted_us : 0);
  }));
  EXPECT_EQ(candidates.front().config, decision->config);
  EXPECT_EQ(decision->source, "model");
  const auto eligible = std::ranges::count(candidates, "", &Candidate::rejected);
  const auto normal = decide({7168, 2048}, 125, h200(), {.form = Form::kNormal});
  EXPECT_EQ(decision->reason,
            fmt::format("model: {:.2f} us at m = 128, the least of {} candidates; "
                        "the best normal one: {:.2f} us",
                        candidates.front().predicted_us, eligible,
                        normal->candidates.front().predicted_us));
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

// With the same stages, fewer blocks an SM leave more registers.
TEST(PlanTest, MoreBlocksAnSmAreTriedOnlyWithAnotherRing) {
  KernelConfig before;
  for (const KernelConfig& config : enumerate({512, 7168}, 16, Form::kSwapped, h200())) {
    KernelConfig same_ring = config;
    same_ring.blocks_per_sm = before.blocks_per_sm;
    EXPECT_NE(same_ring, before) << config.name();
    before = config;
  }
  const auto all = enumerate({512, 7168}, 16, Form::kSwapped, h200());
  EXPECT_EQ(std::ranges::max(all, {}, &KernelConfig::blocks_per_sm).blocks_per_sm, 4);
}

TEST(PlanTest, TokenTilesOfTheSwappedFormByM) {
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

TEST(PlanTest, RangesHaveNoGapAndAgreeWithSingleDecisions) {
  for (const GemmDesc& desc : {GemmDesc{512, 7168}, {7168, 2048}, {8, 16}})
    for (const DeviceModel& device : known_devices())
      for (Form form : {Form::kAuto, Form::kSwapped, Form::kNormal})
        for (bool batch_invariant : {false, true}) {
          const Rules rules = {.form = form, .batch_invariant = batch_invariant};
          int64_t m_first = 1;
          for (const Range& range : ranges(desc, device, rules)) {
            EXPECT_EQ(range.source, decide(desc, m_first, device, rules)->source);
            for (int64_t m : {m_first, range.m_last}) {
              const auto decision = decide(desc, m, device, rules);
              ASSERT_TRUE(decision.ok()) << decision.status().message();
              EXPECT_EQ(range.config, decision->config) << shape_name(desc) << " m " << m;
              EXPECT_EQ(range.overlap, decision->overlap);
            }
            ASSERT_LE(m_first, range.m_last);
            m_first = range.m_last + 1;
          }
          EXPECT_GT(m_first, 64) << device.name;
          EXPECT_FALSE(decide(desc, m_first, device, rules).ok());
        }
}

// With so little shared memory a tile of 24 tokens fits, but not that of 32, which serves M = 24.
TEST(PlanTest, RangesEndBeforeTheFirstMThatNoKernelServes) {
  constexpr GemmDesc kDesc = {.n = 7168, .k = 2048};
  DeviceModel device = h200();
  device.shared_bytes_per_block =
      parse_config_name("n7168_k2048_swapped_t24x64_s1_k1_p3_w1_b1")->shared_bytes();
  ASSERT_TRUE(decide(kDesc, 16, device).ok());
  ASSERT_FALSE(decide(kDesc, 17, device).ok());
  ASSERT_TRUE(decide(kDesc, 40, device).ok());
  EXPECT_EQ(ranges(kDesc, device).back().m_last, 16);
}

// gridDim.y counts 16 bits; x 31.
TEST(PlanTest, RangesEndWhereTheirFormDoesAndTheDriverTakesEveryGrid) {
  for (const GemmDesc& desc : kShapes) {
    for (Form form : {Form::kAuto, Form::kSwapped, Form::kNormal}) {
      const std::vector<Range> all = ranges(desc, h200(), {.form = form});
      if (form != Form::kNormal) {
        EXPECT_EQ(all.back().m_last, form == Form::kAuto ? kMaxDimension : 8 * 65535);
      }
      for (const Range& range : all) {
        const Grid grid = grid_for(range.config, desc, range.m_last, h200().sms);
        EXPECT_LE(grid.y, 65535u) << range.config.name() << " at m = " << range.m_last;
        EXPECT_LT(grid.x, 1u << 31);
      }
    }
    const Status beyond = decide(desc, 8 * 65535 + 1, h200(), {.form = Form::kSwapped}).status();
    EXPECT_EQ(beyond.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(beyond.message()), ::testing::HasSubstr("65535 token tiles"));
  }
}

TEST(PlanTest, AShapeNeedsAShortListOfKernels) {
  for (const GemmDesc& desc : kShapes)
    EXPECT_LE(kernels_for(desc, 8192, h200()).size(), 27u) << desc.n << "," << desc.k;
  EXPECT_TRUE(kernels_for({7168, 2048}, 0, h200()).empty());
}

TEST(PlanTest, TheKernelsUpToAnMIncludeThatOfARangeWhichBeginsThere) {
  constexpr GemmDesc kDesc = {.n = 7168, .k = 2048};
  const std::vector<Range> all = ranges(kDesc, h200());
  ASSERT_GT(all.size(), 5u);
  std::vector<KernelConfig> distinct;
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    if (std::find(distinct.begin(), distinct.end(), all[i].config) == distinct.end())
      distinct.push_back(all[i].config);
    EXPECT_EQ(kernels_for(kDesc, all[i].m_last, h200()), distinct);
    const auto from_next = kernels_for(kDesc, all[i].m_last + 1, h200());
    EXPECT_EQ(std::count(from_next.begin(), from_next.end(), all[i + 1].config), 1);
  }
}

// A new member of Rules does not compile here until the list below has it.
TEST(PlanTest, EveryRuleDecides) {
  [[maybe_unused]] const auto& [form, chain, batch_invariant, tables] = Rules();
  const TuningTable table = *TuningTable::parse(
      "jitgemm-tuning-table 1\ndevice H200\n"
      "plain 1..40 n512_k7168_swapped_t40x128_s1_k1_p3_w2_b1 family=1 us=1 key=a\n",
      "a table");
  const struct {
    const char* name;
    GemmDesc desc;
    int64_t m;
    Rules rules;
  } kCases[] = {
      {"form", {512, 7168}, 40, {.form = Form::kNormal}},
      {"chain", {4608, 7168}, 40, {.chain = Chain::kPdl}},
      {"batch_invariant", {512, 7168}, 4096, {.batch_invariant = true}},
      {"tables", {512, 7168}, 40, {.tables = {&table, 1}}},
  };
  for (const auto& c : kCases) {
    const KernelConfig config = decide(c.desc, c.m, h200(), c.rules)->config;
    EXPECT_NE(config, decide(c.desc, c.m, h200())->config) << c.name;
    const std::vector<Range> all = ranges(c.desc, h200(), c.rules);
    const auto range =
        std::find_if(all.begin(), all.end(), [&](const Range& r) { return c.m <= r.m_last; });
    EXPECT_EQ(range->config, config) << c.name;
    EXPECT_EQ(kernels_for(c.desc, c.m, h200(), c.rules).back(), config) << c.name;
  }
}

TEST(PlanTest, ABucketBeginsBehindTheOneBefore) {
  for (const auto& [m, first] : {std::pair{1, 1}, {8, 1}, {9, 9}, {16, 9}, {65, 65}, {100, 97}})
    EXPECT_EQ(bucket_first(m), first) << m;
}

TEST(PlanTest, DecodeIsSwappedPrefillIsNormalAndNarrowWeightsAreSplit) {
  for (const GemmDesc& desc : {GemmDesc{2112, 7168}, {7168, 2048}, {24576, 1536}, {512, 7168}}) {
    EXPECT_EQ(decide(desc, 1, h200())->config.form, Form::kSwapped);
    EXPECT_EQ(decide(desc, 64, h200())->config.form, Form::kSwapped);
    EXPECT_EQ(decide(desc, 4096, h200())->config.form, Form::kNormal);
  }
  const auto one_wave = decide({24576, 1536}, 64, h200());
  for (const Candidate& candidate : one_wave->candidates)
    EXPECT_EQ(candidate.config.form, Form::kSwapped);
  EXPECT_GT(decide({512, 7168}, 8, h200())->config.split, 1);  // narrow weights
  EXPECT_EQ(decide({32768, 512}, 8, h200())->config.split, 1);
}

TEST(PlanTest, MThatIsNotPositiveIsRefusedByName) {
  for (int64_t m : {int64_t{0}, int64_t{-1}, int64_t{1} << 40}) {
    const Status status = decide({7168, 2048}, m, h200()).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("m = "));
  }
}

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
