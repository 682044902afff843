// The table, and how a tensor-parallel group splits each kind of layer.
#include "tools/models/models.h"

#include <fmt/format.h>

#include <strings.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace jitgemm::models {
namespace {

// Which dimension of the whole weight the ranks share.
enum class Split {
  kColumn,      // N / tp
  kRow,         // K / tp
  kReplicated,  // every rank has all of it
  kQkv,  // N is the query heads' and is divided; key and value heads join it, at least one a rank
};

struct WholeLayer {
  const char* name;
  int64_t n, k;  // of the whole model
  Split split;
};

struct Model {
  std::vector<const char*> names;  // releases that share all dimensions
  int heads, kv_heads, head_dim;   // the latter two are used by kQkv
  std::vector<WholeLayer> layers;
};

// Multi-head latent attention has one latent for all heads: it counts as replicated layers here.
std::vector<WholeLayer> deepseek_layers(int64_t heads) {
  return {
      {"fused_qkv_a_proj_with_mqa", 2112, 7168,
       Split::kReplicated},                                   // q_lora 1536 + kv 512 + rope 64
      {"kv_a_proj_with_mqa", 576, 7168, Split::kReplicated},  // where it is not fused
      {"q_b_proj", heads * 192, 1536, Split::kColumn},
      {"kv_b_proj", heads * 256, 512, Split::kColumn},
      {"o_proj", 7168, heads * 128, Split::kRow},
      {"dense_mlp.gate_up_proj", 2 * 18432, 7168, Split::kColumn},
      {"dense_mlp.down_proj", 7168, 18432, Split::kRow},
      {"shared_expert.gate_up_proj", 2 * 2048, 7168, Split::kColumn},
      {"shared_expert.down_proj", 7168, 2048, Split::kRow},
  };
}

std::vector<WholeLayer> deepseek_v32_layers() {
  std::vector<WholeLayer> layers = deepseek_layers(128);
  layers.push_back({"indexer.wk", 128, 7168, Split::kReplicated});
  layers.push_back({"indexer.wq_b", 64 * 128, 1536, Split::kReplicated});
  return layers;
}

std::vector<WholeLayer> qwen3_attention(int64_t hidden, int64_t query_width) {
  return {{"qkv_proj", query_width, hidden, Split::kQkv},
          {"o_proj", hidden, query_width, Split::kRow}};
}

std::vector<WholeLayer> qwen3_dense(int64_t hidden, int64_t query_width, int64_t intermediate) {
  std::vector<WholeLayer> layers = qwen3_attention(hidden, query_width);
  layers.push_back({"gate_up_proj", 2 * intermediate, hidden, Split::kColumn});
  layers.push_back({"down_proj", hidden, intermediate, Split::kRow});
  return layers;
}

std::vector<Model> table() {
  return {
      {{"DeepSeek-V3", "DeepSeek-R1", "DeepSeek-V3.1"}, 128, 1, 0, deepseek_layers(128)},
      {{"DeepSeek-V3.2"}, 128, 1, 0, deepseek_v32_layers()},
      {{"Kimi-K2"}, 64, 1, 0, deepseek_layers(64)},
      {{"Qwen3-235B-A22B-FP8"}, 64, 4, 128, qwen3_attention(4096, 64 * 128)},
      {{"Qwen3-30B-A3B-FP8"}, 32, 4, 128, qwen3_attention(2048, 32 * 128)},
      {{"Qwen3-32B-FP8"}, 64, 8, 128, qwen3_dense(5120, 64 * 128, 25600)},
      {{"Qwen3-8B-FP8"}, 32, 8, 128, qwen3_dense(4096, 32 * 128, 12288)},
  };
}

Result<Model> find(const std::string& name) {
  for (Model& model : table())
    for (const char* known : model.names)
      if (strcasecmp(known, name.c_str()) == 0) return std::move(model);
  std::string message = fmt::format("model = '{}' is none of", name);
  for (const std::string& known : names()) message += " " + known;
  return Status(StatusCode::kInvalidArgument, std::move(message));
}

GemmDesc on_one_rank(const WholeLayer& layer, const Model& model, int tp) {
  switch (layer.split) {
    case Split::kColumn: return {.n = layer.n / tp, .k = layer.k};
    case Split::kRow: return {.n = layer.n, .k = layer.k / tp};
    case Split::kReplicated: return {.n = layer.n, .k = layer.k};
    case Split::kQkv: {
      const int64_t kv_heads = std::max(1, model.kv_heads / tp);
      return {.n = layer.n / tp + 2 * kv_heads * model.head_dim, .k = layer.k};
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Model& model : table()) all.insert(all.end(), model.names.begin(), model.names.end());
  return all;
}

Result<std::vector<Layer>> dense_layers(const std::string& name, int tp) {
  const Result<Model> model = find(name);
  if (!model.ok()) return model.status();
  if (tp < 1 || model->heads % tp != 0)
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("tp = {} does not divide the {} attention heads of {}", tp,
                              model->heads, name));
  std::vector<Layer> layers;
  for (const WholeLayer& layer : model->layers)
    layers.push_back({layer.name, on_one_rank(layer, *model, tp)});
  return layers;
}

Result<int> attention_heads(const std::string& name) {
  const Result<Model> model = find(name);
  if (!model.ok()) return model.status();
  return model->heads;
}

}  // namespace jitgemm::models
