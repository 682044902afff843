// The layers of models: config.json files that were published, against tables made by hand, and the
// models that the command knows by name, against those files.
#include "tools/models/models.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tests/cli/command.h"
#include "tests/paths.h"

namespace jitgemm::models {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::Contains, ::testing::ElementsAre, ::testing::ElementsAreArray,
    ::testing::HasSubstr, ::testing::IsEmpty;

std::string path_of(const std::string& model) {
  return fmt::format("{}/tests/cli/hf_config/{}.json", paths::kSource, model);
}

Json fixture(const std::string& model) {
  std::ifstream file(path_of(model));
  return Json::parse(file);
}

Result<Config> parsed(const Json& document) { return parse_config(document.dump()); }

std::vector<Layer> layers(const Result<Config>& config, const Ranks& ranks) {
  EXPECT_TRUE(config.ok()) << config.status().message();
  if (!config.ok()) return {};
  Result<std::vector<Layer>> all = layers_of(*config, ranks);
  EXPECT_TRUE(all.ok()) << all.status().message();
  return all.ok() ? *std::move(all) : std::vector<Layer>();
}

// "o_proj 7168x2048" of every layer that is served.
std::vector<std::string> served(const Result<Config>& config, int tp) {
  std::vector<std::string> all;
  for (const Layer& layer : layers(config, {.tensor = tp}))
    if (layer.not_served.empty())
      all.push_back(fmt::format("{} {}x{}", layer.name, layer.desc.n, layer.desc.k));
  return all;
}

// "experts.down_proj 7168x2048: why" of every layer that is not served.
std::vector<std::string> not_served(const Json& document, const Ranks& ranks = {}) {
  std::vector<std::string> all;
  for (const Layer& layer : layers(parsed(document), ranks))
    if (!layer.not_served.empty())
      all.push_back(
          fmt::format("{} {}x{}: {}", layer.name, layer.desc.n, layer.desc.k, layer.not_served));
  return all;
}

std::string error_of(const Json& document) {
  const Status status = parsed(document).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  return std::string(status.message());
}

// ---- published files ----

struct Published {
  const char* model;
  int tp;
  std::vector<std::string> layers;  // that are served
};

const Published kPublished[] = {
    {"DeepSeek-V3",
     8,
     {"fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 3072x1536", "kv_a_proj_with_mqa 576x7168",
      "kv_b_proj 4096x512", "o_proj 7168x2048", "dense_mlp.gate_up_proj 4608x7168",
      "dense_mlp.down_proj 7168x2304", "shared_expert.gate_up_proj 512x7168",
      "shared_expert.down_proj 7168x256"}},
    {"DeepSeek-V3.2",
     8,
     {"fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 3072x1536", "kv_a_proj_with_mqa 576x7168",
      "kv_b_proj 4096x512", "o_proj 7168x2048", "indexer.wk 128x7168", "indexer.wq_b 8192x1536",
      "dense_mlp.gate_up_proj 4608x7168", "dense_mlp.down_proj 7168x2304",
      "shared_expert.gate_up_proj 512x7168", "shared_expert.down_proj 7168x256"}},
    {"DeepSeek-V2-Lite",  // projects queries in one step
     1,
     {"q_proj 3072x2048", "kv_a_proj_with_mqa 576x2048", "kv_b_proj 4096x512", "o_proj 2048x2048",
      "dense_mlp.gate_up_proj 21888x2048", "dense_mlp.down_proj 2048x10944",
      "shared_expert.gate_up_proj 5632x2048", "shared_expert.down_proj 2048x2816"}},
    {"Kimi-K2",  // half the heads of DeepSeek-V3
     8,
     {"fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 1536x1536", "kv_a_proj_with_mqa 576x7168",
      "kv_b_proj 2048x512", "o_proj 7168x1024", "dense_mlp.gate_up_proj 4608x7168",
      "dense_mlp.down_proj 7168x2304", "shared_expert.gate_up_proj 512x7168",
      "shared_expert.down_proj 7168x256"}},
    {"Qwen3-32B",
     4,
     {"qkv_proj 2560x5120", "o_proj 5120x2048", "gate_up_proj 12800x5120", "down_proj 5120x6400"}},
    // Experts and no dense MLP. With more ranks than key heads, ranks repeat them.
    {"Qwen3-235B-A22B", 4, {"qkv_proj 2304x4096", "o_proj 4096x2048"}},
    {"Qwen3-235B-A22B", 8, {"qkv_proj 1280x4096", "o_proj 4096x1024"}},
    {"Llama-3.1-8B",  // takes its head size from its heads
     2,
     {"qkv_proj 3072x4096", "o_proj 4096x2048", "gate_up_proj 14336x4096", "down_proj 4096x7168"}},
    {"GLM-4.5",
     8,
     {"qkv_proj 1792x5120", "o_proj 5120x1536", "dense_mlp.gate_up_proj 3072x5120",
      "dense_mlp.down_proj 5120x1536", "shared_expert.gate_up_proj 384x5120",
      "shared_expert.down_proj 5120x192"}},
    {"GLM-5",
     8,
     {"fused_qkv_a_proj_with_mqa 2624x6144", "q_b_proj 2048x2048", "kv_a_proj_with_mqa 576x6144",
      "kv_b_proj 3584x512", "o_proj 6144x2048", "indexer.wk 128x6144", "indexer.wq_b 4096x2048",
      "dense_mlp.gate_up_proj 3072x6144", "dense_mlp.down_proj 6144x1536",
      "shared_expert.gate_up_proj 512x6144", "shared_expert.down_proj 6144x256"}},
    // Its only intermediate_size is that of an expert.
    {"MiniMax-M2", 8, {"qkv_proj 1024x3072", "o_proj 3072x768"}},
};

TEST(HfConfigTest, PublishedModelsHaveTheirLayers) {
  for (const auto& [model, tp, expected] : kPublished)
    EXPECT_THAT(served(parsed(fixture(model)), tp), ElementsAreArray(expected)) << model;
}

TEST(HfConfigTest, LayersOfExpertsAreNotServed) {
  EXPECT_THAT(not_served(fixture("MiniMax-M2"), {.tensor = 8}),
              ElementsAre("experts.gate_up_proj 384x3072: a grouped GEMM of 256 experts",
                          "experts.down_proj 3072x192: a grouped GEMM of 256 experts"));
  // Expert parallel ranks have whole experts.
  EXPECT_THAT(not_served(fixture("DeepSeek-V3"), {.tensor = 8, .expert = 32}),
              ElementsAre("experts.gate_up_proj 4096x7168: a grouped GEMM of 8 experts",
                          "experts.down_proj 7168x2048: a grouped GEMM of 8 experts"));
  Json document = fixture("MiniMax-M2");
  document["intermediate_size"] = 1538;
  EXPECT_THAT(not_served(document, {.tensor = 4, .expert = 4}),
              Contains("experts.down_proj 3072x1538: a grouped GEMM of 64 experts"));
}

TEST(HfConfigTest, UnknownModelTypeAndTextConfigAreReadByTheirFields) {
  const Json known = fixture("Qwen3-32B");
  Json unknown = known, inner = known, outer, whole, no_head_size = known;
  unknown["model_type"] = "of_next_year";
  unknown["architectures"] = {"OfNextYearForCausalLM"};
  outer["quantization_config"] = inner["quantization_config"];
  inner.erase("quantization_config");
  outer["text_config"] = inner;
  whole["text_config"] = known;
  for (const Json& document : {unknown, outer, whole})
    EXPECT_EQ(served(parsed(document), 4), served(parsed(known), 4));
  no_head_size.erase("head_dim");  // then the heads divide hidden_size
  EXPECT_THAT(served(parsed(no_head_size), 4), Contains("qkv_proj 1600x5120"));
}

// ---- other quantisations ----

TEST(HfConfigTest, OtherBlocksAndMethodsAreNamed) {
  Json document = fixture("Llama-3.1-8B");
  document["quantization_config"]["weight_block_size"] = {64, 64};
  EXPECT_THAT(served(parsed(document), 1), IsEmpty());
  EXPECT_THAT(not_served(document),
              Contains(HasSubstr("weight_block_size is [64, 64], not [128, 128]")));
  document["quantization_config"]["quant_method"] = "compressed-tensors";
  EXPECT_THAT(not_served(document), Contains(HasSubstr("quant_method is 'compressed-tensors'")));
}

TEST(HfConfigTest, ModuleThatNoLayerConvertsIsNotServed) {
  Json document = fixture("Llama-3.1-8B");
  auto& skipped = document["quantization_config"]["modules_to_not_convert"];
  skipped = {"self_attn.k_proj", "gate"};  // a part of the name; "gate" is not "gate_proj"
  EXPECT_THAT(not_served(document),
              ElementsAre("qkv_proj 6144x4096: modules_to_not_convert lists it"));
  skipped = Json::array();
  for (int layer = 0; layer < 31; ++layer)
    skipped.push_back(fmt::format("model.layers.{}.mlp.down_proj", layer));
  EXPECT_THAT(not_served(document), IsEmpty()) << "layer 31 has it";
  skipped.push_back("model.layers.31.mlp");
  EXPECT_THAT(not_served(document),
              ElementsAre("down_proj 4096x14336: modules_to_not_convert lists it"));
}

// ---- broken files, ranks that do not divide ----

TEST(HfConfigTest, MissingOrWrongFieldIsNamed) {
  EXPECT_EQ(parse_config("{ \"hidden_size\": ").status().message(), "not a JSON object");
  Json document = fixture("DeepSeek-V3");
  document["hidden_size"] = "7168";
  EXPECT_EQ(error_of(document), "hidden_size = \"7168\" is not an integer of at least 0");
  document.erase("hidden_size");
  EXPECT_EQ(error_of(document), "hidden_size is missing");
  document = fixture("DeepSeek-V3");
  document.erase("v_head_dim");
  EXPECT_EQ(error_of(document), "v_head_dim is missing");
  document.erase("quantization_config");
  EXPECT_EQ(error_of(document), "quantization_config is missing: these weights are not FP8");
}

TEST(HfConfigTest, RanksThatDoNotDivideAreNamed) {
  const std::tuple<const char*, Ranks, const char*> kRanks[] = {
      {"Qwen3-32B", {.tensor = 3}, "tp = 3 does not divide the 64 attention heads"},
      {"DeepSeek-V3", {.tensor = -8}, "tp = -8 does not divide the 128 attention heads"},
      {"DeepSeek-V3", {.tensor = 0}, "tp = 0 does not divide the 128 attention heads"},
      {"DeepSeek-V3", {.tensor = 256}, "tp = 256 does not divide the 128 attention heads"},
      {"DeepSeek-V3", {.expert = 3}, "ep = 3 does not divide the 256 experts"},
      {"DeepSeek-V3", {.expert = 0}, "ep = 0 does not divide the 256 experts"},
  };
  for (const auto& [model, ranks, message] : kRanks) {
    const Status status = layers_of(*parsed(fixture(model)), ranks).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), message);
  }
}

// Four ranks divide the heads of each model, but not one of the widths that they split.
TEST(HfConfigTest, TpThatDividesTheHeadsAndNotAWidthIsNamed) {
  const std::tuple<const char*, const char*, int, const char*> kWidths[] = {
      {"Qwen3-32B", "intermediate_size", 25602, "intermediate_size = 25602"},
      {"Qwen3-32B", "num_key_value_heads", 6, "num_key_value_heads = 6"},
      {"DeepSeek-V3", "intermediate_size", 18434, "dense_mlp.intermediate_size = 18434"},
      {"DeepSeek-V3", "moe_intermediate_size", 2050, "shared_expert.intermediate_size = 2050"},
      {"MiniMax-M2", "intermediate_size", 1538, "moe_intermediate_size = 1538"},
  };
  for (const auto& [model, field, value, named] : kWidths) {
    Json document = fixture(model);
    document[field] = value;
    const Config config = *parsed(document);
    EXPECT_EQ(layers_of(config, {.tensor = 4}).status().message(),
              fmt::format("tp = 4 does not divide {}", named));
    EXPECT_TRUE(layers_of(config, {.tensor = 2}).ok()) << model << " " << field;
  }
}

// ---- models known by name, in any case ----

TEST(ModelsTest, KnownModelHasTheLayersOfItsPublishedFile) {
  const std::pair<const char*, const char*> kNames[] = {
      {"DeepSeek-V3", "DeepSeek-V3"},     {"DeepSeek-R1", "DeepSeek-V3"},
      {"DeepSeek-V3.1", "DeepSeek-V3"},   {"deepseek-v3", "DeepSeek-V3"},
      {"DeepSeek-V3.2", "DeepSeek-V3.2"}, {"KIMI-k2", "Kimi-K2"},
      {"Qwen3-32B-FP8", "Qwen3-32B"},     {"Qwen3-235B-A22B-FP8", "Qwen3-235B-A22B"}};
  for (const auto& [name, published] : kNames)
    for (int tp : {1, 4, 8})
      EXPECT_EQ(served(known(name), tp), served(parsed(fixture(published)), tp)) << name;
  EXPECT_THAT(served(known("Qwen3-30B-A3B-FP8"), 8), Contains("qkv_proj 768x2048"));
  EXPECT_THAT(served(known("Qwen3-8B-FP8"), 1),
              ElementsAre("qkv_proj 6144x4096", "o_proj 4096x4096", "gate_up_proj 24576x4096",
                          "down_proj 4096x12288"));
}

TEST(ModelsTest, UnknownNameIsRefusedWithTheKnownOnes) {
  const Status status = known("DeepSeek-V").status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'DeepSeek-V'"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Qwen3-8B-FP8"));
}

// In every known model, a tp that divides the heads divides every layer.
TEST(ModelsTest, EveryRankOfEveryModelHasWholeLayersOfSizesThatAreServed) {
  for (const std::string& name : names()) {
    const std::vector<Layer> whole = layers(known(name), {});
    for (int tp = 1; tp <= known(name)->heads; tp *= 2) {
      const std::vector<Layer> part = layers(known(name), {.tensor = tp});
      ASSERT_EQ(part.size(), whole.size());
      for (size_t i = 0; i < whole.size(); ++i) {
        SCOPED_TRACE(name + " " + part[i].name + " tp " + std::to_string(tp));
        EXPECT_EQ(part[i].not_served, whole[i].not_served);
        EXPECT_GE(part[i].desc.n * part[i].desc.k * tp, whole[i].desc.n * whole[i].desc.k);
      }
    }
  }
}

// ---- the command ----

TEST(HfConfigTest, PrewarmPrintsTheLayersAndCompilesThem) {
  const cli::Command jitgemm;
  const cli::Outcome outcome =
      jitgemm({"prewarm", "--hf-config", path_of("MiniMax-M2"), "--tp", "8", "--m-max", "8"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("qkv_proj                     n   1024  k   3072\n"));
  EXPECT_THAT(outcome.out, HasSubstr("2 not served\n"));
  EXPECT_THAT(outcome.err, HasSubstr("experts.down_proj"));
}

TEST(HfConfigTest, PrewarmNamesTheFileThatIsBroken) {
  const cli::Command jitgemm;
  const std::string path = jitgemm.write("config.json", "{}");
  const cli::Outcome outcome = jitgemm({"prewarm", "--hf-config", path});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr(path + ": quantization_config is missing"));
}

}  // namespace
}  // namespace jitgemm::models
