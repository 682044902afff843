// The dimensions come from the models' public config.json files.
#include "tools/models/models.h"

#include <fmt/format.h>

#include <strings.h>

#include <utility>

namespace jitgemm::models {
namespace {

struct Model {
  std::vector<const char*> names;  // releases that share all dimensions
  Config config;
};

Config deepseek(int64_t heads, const Experts& experts) {
  return {.layers = 61,
          .hidden = 7168,
          .intermediate = 18432,
          .heads = heads,
          .kv_heads = heads,
          .latent = {.q_lora_rank = 1536,
                     .kv_lora_rank = 512,
                     .qk_nope_head_dim = 128,
                     .qk_rope_head_dim = 64,
                     .v_head_dim = 128},
          .experts = experts};
}

constexpr Experts kDeepSeekV3Experts = {
    .count = 256, .intermediate = 2048, .shared = 1, .dense_layers = 3};
constexpr Experts kKimiK2Experts = {
    .count = 384, .intermediate = 2048, .shared = 1, .dense_layers = 1};

Config deepseek_v32() {
  Config config = deepseek(128, kDeepSeekV3Experts);
  config.latent.index_n_heads = 64;
  config.latent.index_head_dim = 128;
  return config;
}

Config qwen3(int64_t layers, int64_t hidden, int64_t intermediate, int64_t heads,
             int64_t kv_heads) {
  return {.layers = layers,
          .hidden = hidden,
          .intermediate = intermediate,
          .heads = heads,
          .kv_heads = kv_heads,
          .head_dim = 128};
}

Config qwen3_moe(int64_t layers, int64_t hidden, int64_t of_expert, int64_t heads) {
  Config config = qwen3(layers, hidden, 0, heads, 4);
  config.experts = {.count = 128, .intermediate = of_expert};
  return config;
}

std::vector<Model> table() {
  return {
      {{"DeepSeek-V3", "DeepSeek-R1", "DeepSeek-V3.1"}, deepseek(128, kDeepSeekV3Experts)},
      {{"DeepSeek-V3.2"}, deepseek_v32()},
      {{"Kimi-K2"}, deepseek(64, kKimiK2Experts)},
      {{"Qwen3-235B-A22B-FP8"}, qwen3_moe(94, 4096, 1536, 64)},
      {{"Qwen3-30B-A3B-FP8"}, qwen3_moe(48, 2048, 768, 32)},
      {{"Qwen3-32B-FP8"}, qwen3(64, 5120, 25600, 64, 8)},
      {{"Qwen3-8B-FP8"}, qwen3(36, 4096, 12288, 32, 8)},
  };
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Model& model : table()) all.insert(all.end(), model.names.begin(), model.names.end());
  return all;
}

Result<Config> known(const std::string& name) {
  for (Model& model : table())
    for (const char* known : model.names)
      if (strcasecmp(known, name.c_str()) == 0) return std::move(model.config);
  std::string message = fmt::format("model = '{}' is not one of", name);
  for (const std::string& known : names()) message += " " + known;
  return Status(StatusCode::kInvalidArgument, std::move(message));
}

}  // namespace jitgemm::models
