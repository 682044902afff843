#include "src/plan/config_name.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "src/plan/generic.h"
#include "tests/paths.h"

namespace jitgemm::plan {
namespace {

using ::testing::ElementsAreArray, ::testing::HasSubstr;

constexpr KernelConfig kConfig = {.n = 7168,
                                  .k = 2048,
                                  .tile_m = 16,
                                  .tile_n = 64,
                                  .split = 2,
                                  .k_blocks = 4,
                                  .stages = 3,
                                  .warpgroups = 5,
                                  .blocks_per_sm = 6};

// A new member of KernelConfig does not compile here until the list below has it.
TEST(ConfigNameTest, EveryMemberOfAConfigIsInItsNameAndReadFromIt) {
  [[maybe_unused]] const auto& [form, n, k, tile_m, tile_n, split, k_blocks, stages, warpgroups,
                                blocks_per_sm, fill_ring, bias] = kConfig;
  void (*const kChanges[])(KernelConfig&) = {
      [](KernelConfig&) {},
      [](KernelConfig& c) { c.form = Form::kNormal; },
      [](KernelConfig& c) { c.n = 8; },
      [](KernelConfig& c) { c.k = 16; },
      [](KernelConfig& c) { c.tile_m = 128; },
      [](KernelConfig& c) { c.tile_n = 128; },
      [](KernelConfig& c) { c.split = 1; },
      [](KernelConfig& c) { c.k_blocks = 1; },
      [](KernelConfig& c) { c.stages = 32; },
      [](KernelConfig& c) { c.warpgroups = 1; },
      [](KernelConfig& c) { c.blocks_per_sm = 1; },
      [](KernelConfig& c) { c.bias = BiasType::kBf16; },
      [](KernelConfig& c) { c.bias = BiasType::kFp32; },
      [](KernelConfig& c) { c.fill_ring = true; },
  };
  const auto joined_fields = [](const KernelConfig& config) {
    std::string joined;
    for (const NamedField& field : name_fields(config))
      joined += (joined.empty() ? "" : "_") + field.text;
    return joined;
  };
  std::vector<std::string> names;
  for (const auto& change : kChanges) {
    KernelConfig config = kConfig;
    change(config);
    EXPECT_THAT(names, ::testing::Not(::testing::Contains(config.name())));
    names.push_back(config.name());
    const Result<KernelConfig> parsed = parse_config_name(config.name());
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    EXPECT_EQ(*parsed, config) << config.name();
    EXPECT_EQ(joined_fields(config), config.name());
    config.n = config.k = 0;  // a generic kernel
    EXPECT_EQ(joined_fields(config), config.name());
  }
  EXPECT_EQ(names.front(), "n7168_k2048_swapped_t16x64_s2_k4_p3_w5_b6");
  EXPECT_EQ(names.back(), "n7168_k2048_swapped_t16x64_s2_k4_p3_w5_b6_fill");
}

TEST(ConfigNameTest, OtherTextIsRefused) {
  for (const char* text :
       {"", "n7168", "n7168_k2048_swapped_t16x64_s1_k2_p3_w1",
        "n7168_k2048_tall_t16x64_s1_k2_p3_w1_b4", "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4 ",
        "n07168_k2048_swapped_t16x64_s1_k2_p3_w1_b4",
        "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b99999999999",
        "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_",
        "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_fill_fill",
        "n7168_k2048_swapped_normal_t16x64_s1_k2_p3_w1_b4",
        "k2048_n7168_swapped_t16x64_s1_k2_p3_w1_b4", "generic_swapped_t64x64_s1_k2_p3_w1_b2",
        "n7168_k_swapped_t16x64_s1_k2_p3_w1_b4"}) {
    const Result<KernelConfig> parsed = parse_config_name(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr("'" + std::string(text) + "' is not the name of a kernel"));
  }
}

TEST(ConfigNameTest, AKernelIsFoundByItsNameIfItCanBeMade) {
  for (Form form : {Form::kSwapped, Form::kNormal})
    for (BiasType bias : {BiasType::kNone, BiasType::kBf16, BiasType::kFp32})
      for (const Range& range : generic_ranges(form, bias))
        EXPECT_EQ(*kernel_named(range.config.name()), range.config);
  for (const char* fields :
       {"swapped_t16x64_s1_k2_p3_w1_b4", "swapped_t128x128_s8_k4_p32_w4_b1_fill",
        "normal_t128x128_s1_k1_p5_w2_b1", "normal_t128x128_s2_k4_p5_w2_b1",
        "normal_t192x128_s1_k1_p5_w3_b1"})
    EXPECT_TRUE(kernel_named("n7168_k2048_" + std::string(fields)).ok()) << fields;
}

// One field of each is not built.
TEST(ConfigNameTest, AKernelThatCannotBeMadeIsRefused) {
  const struct {
    const char* fields;
    const char* defect;
  } kCases[] = {
      {"swapped_t0x64_s1_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t12x64_s1_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t72x64_s1_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t16x96_s1_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t16x64_s1_k2_p3_w2_b4", "the tile, the split or"},
      {"swapped_t16x64_s0_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t16x64_s9_k2_p3_w1_b4", "the tile, the split or"},
      {"swapped_t16x64_s1_k3_p3_w1_b4", "the tile, the split or"},
      {"normal_t128x128_s1_k2_p5_w2_b1", "the tile, the split or"},
      {"normal_t128x128_s1_k1_p5_w1_b1", "the tile, the split or"},
      {"normal_t128x128_s1_k1_p5_w2_b2", "the tile, the split or"},
      {"normal_t128x128_s1_k1_p5_w2_b1_fill", "the tile, the split or"},
      {"normal_t128x144_s2_k2_p3_w2_b1", "the tile, the split or"},
      {"normal_t192x128_s2_k2_p3_w3_b1", "the tile, the split or"},
      {"normal_t256x128_s2_k2_p3_w2_b1", "the tile, the split or"},
      {"swapped_t16x64_s1_k2_p0_w1_b4", "0 stages are outside 1..32"},
      {"swapped_t16x64_s1_k2_p33_w1_b4", "33 stages are outside 1..32"},
      {"swapped_t16x64_s1_k2_p3_w1_b0", "0 blocks an SM are outside 1..4"},
      {"swapped_t16x64_s1_k2_p3_w1_b5", "5 blocks an SM are outside 1..4"},
  };
  for (const auto& c : kCases) {
    const std::string name = "n7168_k2048_" + std::string(c.fields);
    const Status status = kernel_named(name).status();
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("'" + name + "' cannot be made: " + c.defect));
  }
  EXPECT_FALSE(kernel_named("generic_swapped_t8x64_s1_k2_p3_w1_b2").ok());
}

TEST(ConfigNameTest, TheDocumentHasTheTableOfFields) {
  std::ifstream document(std::filesystem::path(paths::kSource) / "docs/kernel_names.md");
  std::vector<std::string> rows, expected;
  for (std::string line; std::getline(document, line);)
    if (line.starts_with("| `")) rows.push_back(line);
  for (const NamedField& field : name_fields())
    expected.push_back("| `" + field.text + "` | " + field.meaning + " |");
  EXPECT_THAT(rows, ElementsAreArray(expected));
}

}  // namespace
}  // namespace jitgemm::plan
