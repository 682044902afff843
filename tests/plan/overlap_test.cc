#include "src/plan/overlap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/plan/config_name.h"

namespace jitgemm::plan {
namespace {

KernelConfig named(const char* name) { return *parse_config_name(name); }

TEST(OverlapTest, TheUsualOverlapComesFirstNoneTwiceAndNoneAheadOfTheRing) {
  for (const char* name :
       {"n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b3", "n512_k7168_swapped_t8x64_s8_k4_p9_w1_b1",
        "n7168_k256_swapped_t8x64_s1_k2_p1_w1_b1"})
    for (Chain chain : kChains) {
      const std::vector<Overlap> all = overlaps_of(named(name), chain);
      EXPECT_EQ(all[0], usual_overlap(named(name)));
      for (const Overlap& overlap : all) {
        EXPECT_LE(overlap.stages_fetched, overlap.stages_ahead);
        EXPECT_LE(overlap.stages_ahead, 3) << name;  // the ring or the slice has no more
        EXPECT_EQ(std::count(all.begin(), all.end(), overlap), 1) << name << overlap.text();
      }
    }
}

TEST(OverlapTest, ADeepRingHasMoreAheadUnlessTheSliceIsShort) {
  const auto usual = [](const char* name) { return usual_overlap(named(name)); };
  constexpr Overlap kFew = {.stages_ahead = 2, .stages_fetched = 1};
  constexpr Overlap kMore = {.stages_ahead = 4, .stages_fetched = 2};
  EXPECT_EQ(usual("n7168_k2048_swapped_t16x64_s1_k2_p8_w1_b1"), kMore);
  EXPECT_EQ(usual("n7168_k2048_swapped_t16x64_s1_k2_p6_w1_b1"), kMore);
  EXPECT_EQ(usual("n7168_k2048_swapped_t16x64_s1_k2_p5_w1_b1"), kFew);
  EXPECT_EQ(usual("n512_k7168_swapped_t8x64_s8_k2_p9_w1_b1"), kFew);  // four steps in all
  EXPECT_EQ(usual("n7168_k256_swapped_t8x64_s1_k2_p1_w1_b1"),
            (Overlap{.stages_ahead = 1, .stages_fetched = 1}));
}

TEST(OverlapTest, TheLongestSliceLimitsTheStagesAhead) {
  constexpr Overlap kMost = {.stages_ahead = 32, .stages_fetched = 32};
  // 28 steps in slices of 9, 9 and 10. K of a generic kernel is an argument of the launch.
  EXPECT_EQ(fitted(kMost, named("n512_k7168_swapped_t8x64_s3_k2_p12_w1_b1"), 7168).stages_ahead,
            10);
  EXPECT_EQ(fitted(kMost, named("n512_k7168_normal_t128x128_s1_k1_p5_w2_b1"), 7168),
            (Overlap{.stages_ahead = 1, .stages_fetched = 1}));
  KernelConfig generic = named("n512_k7168_swapped_t8x64_s1_k2_p3_w1_b1");
  generic.n = generic.k = 0;
  EXPECT_EQ(fitted(kMost, generic, 7168).stages_fetched, 3);
  EXPECT_EQ(fitted(kMost, generic, 16).stages_fetched, 1);
}

TEST(OverlapTest, OnlyWithPdlIsAnEarlyReleaseTimed) {
  const KernelConfig config = named("n7168_k2048_swapped_t16x64_s1_k2_p8_w1_b1");
  const auto early = [](const Overlap& overlap) { return overlap.release_early; };
  const std::vector<Overlap> plain = overlaps_of(config, Chain::kPlain);
  const std::vector<Overlap> pdl = overlaps_of(config, Chain::kPdl);
  EXPECT_EQ(std::count_if(plain.begin(), plain.end(), early), 0);
  EXPECT_EQ(std::count_if(pdl.begin(), pdl.end(), early), 6);  // 2 or all 8 stages, 0 to 2 fetched
}

}  // namespace
}  // namespace jitgemm::plan
