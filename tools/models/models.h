// Models: the configuration of one, known by its name or read from a file, and its linear layers as
// one rank of its parallel groups holds them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::models {

// Multi-head latent attention, with the sparse indexer of some models. kv_lora_rank = 0: the model
// has ordinary attention.
struct LatentAttention {
  int64_t q_lora_rank = 0;  // 0: queries are projected in one step
  int64_t kv_lora_rank = 0;
  int64_t qk_nope_head_dim = 0, qk_rope_head_dim = 0, v_head_dim = 0;
  int64_t index_n_heads = 0, index_head_dim = 0;
};

struct Experts {
  int64_t count = 0;         // 0: the model is dense
  int64_t intermediate = 0;  // of one expert
  int64_t shared = 0;        // experts that serve every token, fused into one layer
  int64_t dense_layers = 0;  // layers with one dense MLP instead of experts
};

// The quantisation of the checkpoint's weights.
struct Quantization {
  std::string method = "fp8";
  int64_t block_n = 128, block_k = 128;
  std::vector<std::string> not_converted = {};  // modules in higher precision: full names, or parts
};

// The fields of a model's config.json (as published with its weights) that decide its linear
// layers.
struct Config {
  int64_t layers = 0;
  int64_t hidden = 0;
  int64_t intermediate = 0;  // of a dense MLP; 0: the model has none
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  LatentAttention latent = {};
  Experts experts = {};
  Quantization quantization = {};
};

// The names of --model.
std::vector<std::string> names();

// The config of one of them. Case is ignored. Errors: kInvalidArgument, which lists the names.
Result<Config> known(const std::string& name);

// Parses a config.json of DeepSeek-V2/V3/V3.2, Kimi-K2, Qwen3 dense and MoE, Llama, GLM-4.5/5,
// MiniMax-M2, or of another model with the same fields.
// Errors: kInvalidArgument, which names the field.
Result<Config> parse_config(std::string_view text);

struct Ranks {
  int tensor = 1;  // tensor-parallel ranks: each layer is split over them
  int expert = 1;  // ranks that each hold whole experts; 1: experts are split by tensor ranks
};

// One kind of layer, for all layers of the model that have it. Projections of the same input are
// one layer, as servers fuse them: q, k and v; gate and up.
struct Layer {
  std::string name;  // as servers name the module: "o_proj"
  GemmDesc desc;
  std::string not_served = {};  // the reason why this library does not serve it, or empty
};

// Errors: kInvalidArgument when a number of ranks does not divide the heads, a width or the
// experts.
Result<std::vector<Layer>> layers_of(const Config& config, const Ranks& ranks);

}  // namespace jitgemm::models
