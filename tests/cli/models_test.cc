#include "tools/models/models.h"

#include <gmock/gmock.h>

#include <tuple>

#include "tools/models/layers.h"

namespace jitgemm::models {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<Layer> layers(const std::string& model, int tp) {
  const Result<Config> config = known(model);
  EXPECT_TRUE(config.ok()) << config.status().message();
  Result<std::vector<Layer>> all = layers_of(*config, {.tensor = tp});
  EXPECT_TRUE(all.ok()) << all.status().message();
  return *std::move(all);
}

// "o_proj 7168x2048" of every layer that is served.
std::vector<std::string> shapes(const std::string& model, int tp) {
  std::vector<std::string> all;
  for (const Layer& layer : layers(model, tp)) {
    if (!layer.not_served.empty()) continue;
    all.push_back(layer.name + " " + std::to_string(layer.desc.n) + "x" +
                  std::to_string(layer.desc.k));
  }
  return all;
}

TEST(ModelsTest, DeepSeekV3OfEightRanks) {
  EXPECT_THAT(shapes("DeepSeek-V3", 8),
              UnorderedElementsAre(
                  "fused_qkv_a_proj_with_mqa 2112x7168", "kv_a_proj_with_mqa 576x7168",
                  "q_b_proj 3072x1536", "kv_b_proj 4096x512", "o_proj 7168x2048",
                  "dense_mlp.gate_up_proj 4608x7168", "dense_mlp.down_proj 7168x2304",
                  "shared_expert.gate_up_proj 512x7168", "shared_expert.down_proj 7168x256"));
}

TEST(ModelsTest, ReleasesOfOneShapeHaveTheSameLayers) {
  EXPECT_EQ(shapes("DeepSeek-R1", 4), shapes("DeepSeek-V3", 4));
  EXPECT_EQ(shapes("DeepSeek-V3.1", 4), shapes("DeepSeek-V3", 4));
}

TEST(ModelsTest, DeepSeekV32AddsItsIndexerToEveryRank) {
  EXPECT_EQ(shapes("DeepSeek-V3.2", 8).size(), shapes("DeepSeek-V3", 8).size() + 2);
  EXPECT_THAT(shapes("DeepSeek-V3.2", 8), Contains("indexer.wk 128x7168"));
  EXPECT_THAT(shapes("DeepSeek-V3.2", 8), Contains("indexer.wq_b 8192x1536"));
}

TEST(ModelsTest, KimiK2HasHalfTheHeadsOfDeepSeek) {
  EXPECT_THAT(shapes("Kimi-K2", 1), Contains("q_b_proj 12288x1536"));
  EXPECT_THAT(shapes("Kimi-K2", 2), Contains("o_proj 7168x4096"));
}

TEST(ModelsTest, MoreRanksThanKeyHeadsRepeatThem) {
  EXPECT_THAT(shapes("Qwen3-235B-A22B-FP8", 4), Contains("qkv_proj 2304x4096"));
  EXPECT_THAT(shapes("Qwen3-235B-A22B-FP8", 8), Contains("qkv_proj 1280x4096"));
  EXPECT_THAT(shapes("Qwen3-30B-A3B-FP8", 8), Contains("qkv_proj 768x2048"));
}

TEST(ModelsTest, DenseQwenOfFourRanks) {
  EXPECT_THAT(shapes("Qwen3-32B-FP8", 4),
              UnorderedElementsAre("qkv_proj 2560x5120", "o_proj 5120x2048",
                                   "gate_up_proj 12800x5120", "down_proj 5120x6400"));
  EXPECT_THAT(shapes("Qwen3-8B-FP8", 1),
              UnorderedElementsAre("qkv_proj 6144x4096", "o_proj 4096x4096",
                                   "gate_up_proj 24576x4096", "down_proj 4096x12288"));
}

TEST(ModelsTest, NamesIgnoreCase) {
  EXPECT_EQ(shapes("deepseek-v3", 8), shapes("DeepSeek-V3", 8));
  EXPECT_EQ(shapes("KIMI-k2", 1), shapes("Kimi-K2", 1));
}

TEST(ModelsTest, UnknownNameIsRefusedWithTheKnownOnes) {
  const Status status = known("DeepSeek-V").status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'DeepSeek-V'"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Qwen3-8B-FP8"));
}

TEST(ModelsTest, TpThatDoesNotDivideIsRefusedByName) {
  for (const int tp : {-8, 0, 3, 256}) {
    const Status status = layers_of(*known("DeepSeek-V3"), {.tensor = tp}).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << tp;
    EXPECT_THAT(std::string(status.message()), HasSubstr("tp = " + std::to_string(tp)));
  }
}

// In every known model, a tp that divides the heads divides every layer.
TEST(ModelsTest, EveryRankOfEveryModelHasWholeLayersOfSizesThatAreServed) {
  for (const std::string& name : names()) {
    const std::vector<Layer> whole = layers(name, 1);
    for (int tp = 1; tp <= known(name)->heads; tp *= 2) {
      const std::vector<Layer> part = layers(name, tp);
      ASSERT_EQ(part.size(), whole.size());
      for (size_t i = 0; i < whole.size(); ++i) {
        SCOPED_TRACE(name + " " + part[i].name + " tp " + std::to_string(tp));
        EXPECT_EQ(part[i].not_served, whole[i].not_served);
        const auto [n, k] = std::tuple(part[i].desc.n, part[i].desc.k);
        EXPECT_GE(n * k * tp, whole[i].desc.n * whole[i].desc.k);
      }
    }
  }
}

}  // namespace
}  // namespace jitgemm::models
