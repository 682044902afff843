#include "src/plan/config_name.h"

#include <gtest/gtest.h>

namespace jitgemm::plan {
namespace {

TEST(ConfigNameTest, ParsingIsTheInverseOfNaming) {
  KernelConfig config;
  config.n = 7168;
  config.k = 2048;
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    config.form = form;
    config.tile_m = 16;
    config.tile_n = 64;
    config.split = 2;
    config.k_blocks = 4;
    config.stages = 3;
    config.warpgroups = 5;
    config.blocks_per_sm = 6;
    for (bool fill_ring : {false, true}) {
      config.fill_ring = fill_ring;
      const Result<KernelConfig> parsed = parse_config_name(config.name());
      ASSERT_TRUE(parsed.ok()) << parsed.status().message();
      EXPECT_EQ(*parsed, config);
    }
  }
}

TEST(ConfigNameTest, WhatIsNoNameIsRefused) {
  for (const char* text :
       {"", "n7168", "n7168_k2048_swapped_t16x64_s1_k2_p3_w1",
        "n7168_k2048_tall_t16x64_s1_k2_p3_w1_b4", "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4 ",
        "n07168_k2048_swapped_t16x64_s1_k2_p3_w1_b4",
        "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b99999999999",
        "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_fill_fill",
        "n7168_k_swapped_t16x64_s1_k2_p3_w1_b4"}) {
    const Result<KernelConfig> parsed = parse_config_name(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().code(), StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace jitgemm::plan
