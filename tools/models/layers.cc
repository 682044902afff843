// The formulas follow the models' published modelling code. Layers are split as in Megatron-style
// tensor parallelism: the first of a pair by columns (N), the second by rows (K).
#include "tools/models/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <jitgemm/inspect.h>

namespace jitgemm::models {
namespace {

// A range of the model's layers: [first, last).
struct Span {
  int64_t first, last;
};

// Whether a list entry is the module's full name, or consecutive parts of it.
bool means(std::string_view entry, const std::string& module) {
  return fmt::format(".{}.", module).find(fmt::format(".{}.", entry)) != std::string::npos;
}

class Builder {
 public:
  Builder(const Config& config, const Ranks& ranks) : config_(config), ranks_(ranks) {}

  void attention() {
    const Span all = {0, config_.layers};
    const int64_t hidden = config_.hidden, heads = config_.heads / ranks_.tensor;
    if (config_.latent.kv_lora_rank != 0) return latent_attention(all);
    const int64_t kv_heads = key_value_heads();
    add("qkv_proj", {(heads + 2 * kv_heads) * config_.head_dim, hidden}, all,
        {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"});
    add("o_proj", {hidden, heads * config_.head_dim}, all, {"self_attn.o_proj"});
  }

  void mlps() {
    const Experts& experts = config_.experts;
    const std::string dense = config_.latent.kv_lora_rank || experts.count ? "dense_mlp." : "";
    if (config_.intermediate != 0)
      mlp(dense, "mlp.", config_.intermediate,
          {0, experts.count ? experts.dense_layers : config_.layers});
    if (experts.count == 0) return;
    const Span sparse = {experts.dense_layers, config_.layers};
    if (experts.shared != 0)
      mlp("shared_expert.", "mlp.shared_experts.", experts.shared * experts.intermediate, sparse);
    grouped(sparse);
  }

  const Status& status() const { return status_; }
  std::vector<Layer> layers() && { return std::move(layers_); }

 private:
  // All heads share one latent, so every rank holds the whole projections that make it.
  void latent_attention(Span all) {
    const LatentAttention& latent = config_.latent;
    const int64_t hidden = config_.hidden, heads = config_.heads / ranks_.tensor;
    const int64_t kv_a = latent.kv_lora_rank + latent.qk_rope_head_dim;
    const int64_t q_width = heads * (latent.qk_nope_head_dim + latent.qk_rope_head_dim);
    if (latent.q_lora_rank != 0) {
      add("fused_qkv_a_proj_with_mqa", {latent.q_lora_rank + kv_a, hidden}, all,
          {"self_attn.q_a_proj", "self_attn.kv_a_proj_with_mqa"});
      add("q_b_proj", {q_width, latent.q_lora_rank}, all, {"self_attn.q_b_proj"});
    } else {
      add("q_proj", {q_width, hidden}, all, {"self_attn.q_proj"});
    }
    // Also for models with a latent of queries: not every server fuses the two projections.
    add("kv_a_proj_with_mqa", {kv_a, hidden}, all, {"self_attn.kv_a_proj_with_mqa"});
    add("kv_b_proj", {heads * (latent.qk_nope_head_dim + latent.v_head_dim), latent.kv_lora_rank},
        all, {"self_attn.kv_b_proj"});
    add("o_proj", {hidden, heads * latent.v_head_dim}, all, {"self_attn.o_proj"});
    if (latent.index_n_heads == 0) return;
    add("indexer.wk", {latent.index_head_dim, hidden}, all, {"self_attn.indexer.wk"});
    add("indexer.wq_b", {latent.index_n_heads * latent.index_head_dim, latent.q_lora_rank}, all,
        {"self_attn.indexer.wq_b"});
  }

  void mlp(const std::string& name, const std::string& module, int64_t intermediate, Span where) {
    const int64_t width = share(intermediate, name + "intermediate_size");
    add(name + "gate_up_proj", {2 * width, config_.hidden}, where,
        {module + "gate_proj", module + "up_proj"});
    add(name + "down_proj", {config_.hidden, width}, where, {module + "down_proj"});
  }

  void grouped(Span where) {
    const Experts& experts = config_.experts;
    const bool whole = ranks_.expert > 1;
    const int64_t width =
        whole ? experts.intermediate : share(experts.intermediate, "moe_intermediate_size");
    const std::string reason =
        fmt::format("a grouped GEMM of {} experts", experts.count / ranks_.expert);
    if (where.first == where.last) return;
    layers_.push_back({"experts.gate_up_proj", {2 * width, config_.hidden}, reason});
    layers_.push_back({"experts.down_proj", {config_.hidden, width}, reason});
  }

  // The part of a width that one tensor-parallel rank holds.
  int64_t share(int64_t width, const std::string& name) {
    if (width % ranks_.tensor != 0) refuse(width, name);
    return width / ranks_.tensor;
  }

  // The heads of K and V of one rank. More ranks than heads hold copies of a head.
  int64_t key_value_heads() {
    const int64_t heads = config_.kv_heads;
    if (heads < ranks_.tensor && heads > 0 && ranks_.tensor % heads == 0) return 1;
    return share(heads, "num_key_value_heads");
  }

  void refuse(int64_t width, const std::string& name) {
    if (status_.ok())
      status_ = {StatusCode::kInvalidArgument,
                 fmt::format("tp = {} does not divide {} = {}", ranks_.tensor, name, width)};
  }

  // Adds nothing when no layer of the model has this kind.
  void add(std::string name, const GemmDesc& desc, Span where,
           std::initializer_list<std::string> modules) {
    if (where.first == where.last) return;
    Layer layer{.name = std::move(name), .desc = desc};
    layer.not_served = why_not(desc, where, modules);
    layers_.push_back(std::move(layer));
  }

  std::string why_not(const GemmDesc& desc, Span where,
                      std::initializer_list<std::string> modules) const {
    const Quantization& quantization = config_.quantization;
    if (quantization.method != "fp8")
      return fmt::format("quant_method is '{}', not 'fp8'", quantization.method);
    if (quantization.block_n != 128 || quantization.block_k != 128)
      return fmt::format("weight_block_size is [{}, {}], not [128, 128]", quantization.block_n,
                         quantization.block_k);
    if (!converted_somewhere(where, modules)) return "modules_to_not_convert lists it";
    return std::string(validate(desc).message());
  }

  bool converted_somewhere(Span where, std::initializer_list<std::string> modules) const {
    const auto& skipped = config_.quantization.not_converted;
    if (skipped.empty()) return true;
    for (int64_t i = where.first; i < where.last; ++i) {
      const bool converted = std::all_of(modules.begin(), modules.end(), [&](const auto& module) {
        const std::string full = fmt::format("model.layers.{}.{}", i, module);
        return std::none_of(skipped.begin(), skipped.end(),
                            [&](const std::string& entry) { return means(entry, full); });
      });
      if (converted) return true;
    }
    return false;
  }

  const Config& config_;
  const Ranks ranks_;
  std::vector<Layer> layers_;
  Status status_;
};

}  // namespace

Result<std::vector<Layer>> layers_of(const Config& config, const Ranks& ranks) {
  if (ranks.tensor < 1 || config.heads % ranks.tensor != 0)
    return Status(
        StatusCode::kInvalidArgument,
        fmt::format("tp = {} does not divide the {} attention heads", ranks.tensor, config.heads));
  if (ranks.expert < 1 || config.experts.count % ranks.expert != 0)
    return Status(
        StatusCode::kInvalidArgument,
        fmt::format("ep = {} does not divide the {} experts", ranks.expert, config.experts.count));
  Builder builder(config, ranks);
  builder.attention();
  builder.mlps();
  if (!builder.status().ok()) return builder.status();
  return std::move(builder).layers();
}

}  // namespace jitgemm::models
