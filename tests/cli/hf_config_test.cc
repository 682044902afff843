// config.json files of published models, against tables made by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "tests/cli/command.h"
#include "tests/paths.h"
#include "tools/models/config.h"
#include "tools/models/layers.h"

namespace jitgemm::models {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string path_of(const std::string& model) {
  return fmt::format("{}/tests/cli/hf_config/{}.json", paths::kSource, model);
}

nlohmann::ordered_json fixture(const std::string& model) {
  std::ifstream file(path_of(model));
  return nlohmann::ordered_json::parse(file);
}

std::vector<Layer> layers(const nlohmann::ordered_json& document, const Ranks& ranks) {
  const Result<Config> config = parse_config(document.dump());
  EXPECT_TRUE(config.ok()) << config.status().message();
  if (!config.ok()) return {};
  Result<std::vector<Layer>> all = layers_of(*config, ranks);
  EXPECT_TRUE(all.ok()) << all.status().message();
  return all.ok() ? *std::move(all) : std::vector<Layer>();
}

// "o_proj 7168x2048" of every layer that is served.
std::vector<std::string> served(const nlohmann::ordered_json& document, int tp) {
  std::vector<std::string> all;
  for (const Layer& layer : layers(document, {.tensor = tp}))
    if (layer.not_served.empty())
      all.push_back(fmt::format("{} {}x{}", layer.name, layer.desc.n, layer.desc.k));
  return all;
}

// "experts.down_proj 7168x2048: why" of every layer that is not served.
std::vector<std::string> not_served(const nlohmann::ordered_json& document,
                                    const Ranks& ranks = {}) {
  std::vector<std::string> all;
  for (const Layer& layer : layers(document, ranks))
    if (!layer.not_served.empty())
      all.push_back(
          fmt::format("{} {}x{}: {}", layer.name, layer.desc.n, layer.desc.k, layer.not_served));
  return all;
}

std::string error_of(const nlohmann::ordered_json& document) {
  const Status status = parse_config(document.dump()).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(HfConfigTest, DeepSeekV3) {
  EXPECT_THAT(
      served(fixture("DeepSeek-V3"), 8),
      ElementsAre("fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 3072x1536",
                  "kv_a_proj_with_mqa 576x7168", "kv_b_proj 4096x512", "o_proj 7168x2048",
                  "dense_mlp.gate_up_proj 4608x7168", "dense_mlp.down_proj 7168x2304",
                  "shared_expert.gate_up_proj 512x7168", "shared_expert.down_proj 7168x256"));
}

TEST(HfConfigTest, DeepSeekV32) {
  EXPECT_THAT(
      served(fixture("DeepSeek-V3.2"), 8),
      ElementsAre("fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 3072x1536",
                  "kv_a_proj_with_mqa 576x7168", "kv_b_proj 4096x512", "o_proj 7168x2048",
                  "indexer.wk 128x7168", "indexer.wq_b 8192x1536",
                  "dense_mlp.gate_up_proj 4608x7168", "dense_mlp.down_proj 7168x2304",
                  "shared_expert.gate_up_proj 512x7168", "shared_expert.down_proj 7168x256"));
}

TEST(HfConfigTest, DeepSeekV2LiteProjectsQueriesInOneStep) {
  EXPECT_THAT(served(fixture("DeepSeek-V2-Lite"), 1),
              ElementsAre("q_proj 3072x2048", "kv_a_proj_with_mqa 576x2048", "kv_b_proj 4096x512",
                          "o_proj 2048x2048", "dense_mlp.gate_up_proj 21888x2048",
                          "dense_mlp.down_proj 2048x10944", "shared_expert.gate_up_proj 5632x2048",
                          "shared_expert.down_proj 2048x2816"));
}

TEST(HfConfigTest, KimiK2) {
  EXPECT_THAT(
      served(fixture("Kimi-K2"), 8),
      ElementsAre("fused_qkv_a_proj_with_mqa 2112x7168", "q_b_proj 1536x1536",
                  "kv_a_proj_with_mqa 576x7168", "kv_b_proj 2048x512", "o_proj 7168x1024",
                  "dense_mlp.gate_up_proj 4608x7168", "dense_mlp.down_proj 7168x2304",
                  "shared_expert.gate_up_proj 512x7168", "shared_expert.down_proj 7168x256"));
}

TEST(HfConfigTest, DenseQwen3) {
  EXPECT_THAT(served(fixture("Qwen3-32B"), 4),
              ElementsAre("qkv_proj 2560x5120", "o_proj 5120x2048", "gate_up_proj 12800x5120",
                          "down_proj 5120x6400"));
}

TEST(HfConfigTest, Qwen3WithExpertsHasNoDenseMlp) {
  EXPECT_THAT(served(fixture("Qwen3-235B-A22B"), 4),
              ElementsAre("qkv_proj 2304x4096", "o_proj 4096x2048"));
}

TEST(HfConfigTest, LlamaTakesItsHeadSizeFromItsHeads) {
  EXPECT_THAT(served(fixture("Llama-3.1-8B"), 2),
              ElementsAre("qkv_proj 3072x4096", "o_proj 4096x2048", "gate_up_proj 14336x4096",
                          "down_proj 4096x7168"));
}

TEST(HfConfigTest, Glm45) {
  EXPECT_THAT(
      served(fixture("GLM-4.5"), 8),
      ElementsAre("qkv_proj 1792x5120", "o_proj 5120x1536", "dense_mlp.gate_up_proj 3072x5120",
                  "dense_mlp.down_proj 5120x1536", "shared_expert.gate_up_proj 384x5120",
                  "shared_expert.down_proj 5120x192"));
}

TEST(HfConfigTest, Glm5) {
  EXPECT_THAT(
      served(fixture("GLM-5"), 8),
      ElementsAre("fused_qkv_a_proj_with_mqa 2624x6144", "q_b_proj 2048x2048",
                  "kv_a_proj_with_mqa 576x6144", "kv_b_proj 3584x512", "o_proj 6144x2048",
                  "indexer.wk 128x6144", "indexer.wq_b 4096x2048",
                  "dense_mlp.gate_up_proj 3072x6144", "dense_mlp.down_proj 6144x1536",
                  "shared_expert.gate_up_proj 512x6144", "shared_expert.down_proj 6144x256"));
}

// The only intermediate_size is that of an expert.
TEST(HfConfigTest, MiniMaxM2) {
  EXPECT_THAT(served(fixture("MiniMax-M2"), 8),
              ElementsAre("qkv_proj 1024x3072", "o_proj 3072x768"));
  EXPECT_THAT(not_served(fixture("MiniMax-M2"), {.tensor = 8}),
              ElementsAre("experts.gate_up_proj 384x3072: a grouped GEMM of 256 experts",
                          "experts.down_proj 3072x192: a grouped GEMM of 256 experts"));
}

TEST(HfConfigTest, UnknownModelTypeIsReadByItsFields) {
  nlohmann::ordered_json document = fixture("Qwen3-32B");
  document["model_type"] = "of_next_year";
  document["architectures"] = {"OfNextYearForCausalLM"};
  EXPECT_EQ(served(document, 4), served(fixture("Qwen3-32B"), 4));
}

TEST(HfConfigTest, ExpertParallelRanksHaveWholeExperts) {
  EXPECT_THAT(not_served(fixture("DeepSeek-V3"), {.tensor = 8, .expert = 32}),
              ElementsAre("experts.gate_up_proj 4096x7168: a grouped GEMM of 8 experts",
                          "experts.down_proj 7168x2048: a grouped GEMM of 8 experts"));
}

TEST(HfConfigTest, LanguageModelInTextConfigIsFound) {
  nlohmann::ordered_json inner = fixture("Qwen3-32B"), outer;
  outer["quantization_config"] = inner["quantization_config"];
  inner.erase("quantization_config");
  outer["text_config"] = inner;
  EXPECT_EQ(served(outer, 4), served(fixture("Qwen3-32B"), 4));
}

// ---- other quantisations ----

TEST(HfConfigTest, OtherBlocksAndMethodsAreNamed) {
  nlohmann::ordered_json document = fixture("Llama-3.1-8B");
  document["quantization_config"]["weight_block_size"] = {64, 64};
  EXPECT_THAT(served(document, 1), IsEmpty());
  EXPECT_THAT(not_served(document),
              Contains(HasSubstr("weight_block_size is [64, 64], not [128, 128]")));
  document["quantization_config"]["quant_method"] = "compressed-tensors";
  EXPECT_THAT(not_served(document), Contains(HasSubstr("quant_method is 'compressed-tensors'")));
}

TEST(HfConfigTest, ModuleThatNoLayerConvertsIsNotServed) {
  nlohmann::ordered_json document = fixture("Llama-3.1-8B");
  auto& skipped = document["quantization_config"]["modules_to_not_convert"];
  skipped = {"self_attn.k_proj", "gate"};  // a part of the name; "gate" is not "gate_proj"
  EXPECT_THAT(not_served(document),
              ElementsAre("qkv_proj 6144x4096: modules_to_not_convert lists it"));
  skipped = nlohmann::ordered_json::array();
  for (int layer = 0; layer < 31; ++layer)
    skipped.push_back(fmt::format("model.layers.{}.mlp.down_proj", layer));
  EXPECT_THAT(not_served(document), IsEmpty()) << "layer 31 has it";
  skipped.push_back("model.layers.31.mlp");
  EXPECT_THAT(not_served(document),
              ElementsAre("down_proj 4096x14336: modules_to_not_convert lists it"));
}

// ---- broken files ----

TEST(HfConfigTest, MissingOrWrongFieldIsNamed) {
  EXPECT_EQ(parse_config("{ \"hidden_size\": ").status().message(), "not a JSON object");
  nlohmann::ordered_json document = fixture("DeepSeek-V3");
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
  const Config config = *parse_config(fixture("Qwen3-32B").dump());
  EXPECT_EQ(layers_of(config, {.tensor = 3}).status().message(),
            "tp = 3 does not divide the 64 attention heads");
  const Config experts = *parse_config(fixture("DeepSeek-V3").dump());
  EXPECT_EQ(layers_of(experts, {.expert = 3}).status().message(),
            "ep = 3 does not divide the 256 experts");
  EXPECT_EQ(layers_of(experts, {.expert = 0}).status().message(),
            "ep = 0 does not divide the 256 experts");
}

// Four ranks divide the heads of each model, but not one of the widths that they split.
TEST(HfConfigTest, TpThatDividesTheHeadsAndNotAWidthIsNamed) {
  const std::tuple<const char*, const char*, int, const char*> widths[] = {
      {"Qwen3-32B", "intermediate_size", 25602, "intermediate_size = 25602"},
      {"Qwen3-32B", "num_key_value_heads", 6, "num_key_value_heads = 6"},
      {"DeepSeek-V3", "intermediate_size", 18434, "dense_mlp.intermediate_size = 18434"},
      {"DeepSeek-V3", "moe_intermediate_size", 2050, "shared_expert.intermediate_size = 2050"},
      {"MiniMax-M2", "intermediate_size", 1538, "moe_intermediate_size = 1538"},
  };
  for (const auto& [model, field, value, named] : widths) {
    nlohmann::ordered_json document = fixture(model);
    document[field] = value;
    const Config config = *parse_config(document.dump());
    EXPECT_EQ(layers_of(config, {.tensor = 4}).status().message(),
              fmt::format("tp = 4 does not divide {}", named));
    EXPECT_TRUE(layers_of(config, {.tensor = 2}).ok()) << model << " " << field;
  }
}

TEST(HfConfigTest, ExpertsOfExpertParallelRanksAreNotSplit) {
  nlohmann::ordered_json document = fixture("MiniMax-M2");
  document["intermediate_size"] = 1538;
  EXPECT_THAT(not_served(document, {.tensor = 4, .expert = 4}),
              Contains("experts.down_proj 3072x1538: a grouped GEMM of 64 experts"));
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
