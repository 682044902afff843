#include "tools/models/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

namespace jitgemm::models {
namespace {

using nlohmann::json;

// Reads the fields of an object and remembers the first error.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  // The first of these fields that exists and is not null.
  std::optional<int64_t> find(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto field = object_.find(name);
      if (field == object_.end() || field->is_null()) continue;
      if (field->is_number_integer() && *field >= 0) return field->get<int64_t>();
      fail(fmt::format("{} = {} is not an integer of at least 0", name, field->dump()));
    }
    return std::nullopt;
  }

  int64_t optional(std::initializer_list<const char*> names, int64_t otherwise = 0) {
    return find(names).value_or(otherwise);
  }

  int64_t required(const char* name) {
    const int64_t value = optional({name});
    if (value == 0) fail(fmt::format("{} is missing", name));
    return value;
  }

  const Status& status() const { return status_; }

 private:
  void fail(std::string message) {
    if (status_.ok()) status_ = {StatusCode::kInvalidArgument, std::move(message)};
  }

  const json& object_;
  Status status_;
};

LatentAttention latent_of(Fields& fields) {
  LatentAttention latent{.q_lora_rank = fields.optional({"q_lora_rank"}),
                         .kv_lora_rank = fields.optional({"kv_lora_rank"})};
  if (latent.kv_lora_rank == 0) return {};
  latent.qk_nope_head_dim = fields.required("qk_nope_head_dim");
  latent.qk_rope_head_dim = fields.required("qk_rope_head_dim");
  latent.v_head_dim = fields.required("v_head_dim");
  latent.index_n_heads = fields.optional({"index_n_heads"});
  latent.index_head_dim = fields.optional({"index_head_dim"});
  return latent;
}

// In a model with experts, the layers with a dense MLP are the first ones, all but every nth, or
// listed by number.
int64_t dense_layers_of(const json& object, Fields& fields, int64_t layers) {
  const int64_t sparse_step = std::max<int64_t>(1, fields.optional({"decoder_sparse_step"}, 1));
  const auto named = object.find("mlp_only_layers");
  const int64_t only = named != object.end() && named->is_array() ? int64_t(named->size()) : 0;
  return std::max(
      {fields.optional({"first_k_dense_replace"}), layers - layers / sparse_step, only});
}

Experts experts_of(const json& object, Fields& fields, Config& config) {
  Experts experts{.count =
                      fields.optional({"n_routed_experts", "num_experts", "num_local_experts"})};
  if (experts.count == 0) return {};
  experts.shared = fields.optional({"n_shared_experts"});
  experts.dense_layers = dense_layers_of(object, fields, config.layers);
  if (const auto of_expert = fields.find({"moe_intermediate_size"})) {
    experts.intermediate = *of_expert;
    if (experts.dense_layers == 0) config.intermediate = 0;
  } else {  // intermediate_size is that of the experts
    experts.intermediate = config.intermediate;
    config.intermediate = 0;
  }
  return experts;
}

Result<Quantization> quantization_of(const json& object) {
  const auto given = object.find("quantization_config");
  if (given == object.end() || !given->is_object())
    return Status(StatusCode::kInvalidArgument,
                  "quantization_config is missing: these weights are not FP8");
  Quantization quantization{.method = given->value("quant_method", ""), .block_n = 0, .block_k = 0};
  if (const auto block = given->find("weight_block_size"); block != given->end()) {
    if (!block->is_array() || block->size() != 2 || !block->at(0).is_number_integer() ||
        !block->at(1).is_number_integer())
      return Status(StatusCode::kInvalidArgument,
                    fmt::format("weight_block_size = {} is not a pair of numbers", block->dump()));
    quantization.block_n = block->at(0);
    quantization.block_k = block->at(1);
  }
  if (const auto skipped = given->find("modules_to_not_convert");
      skipped != given->end() && skipped->is_array())
    for (const json& module : *skipped)
      if (module.is_string()) quantization.not_converted.push_back(module);
  return quantization;
}

// Multimodal models keep the fields of their language model in text_config.
const json& language_model(const json& document) {
  const auto text_config = document.find("text_config");
  return text_config != document.end() && text_config->is_object() ? *text_config : document;
}

}  // namespace

Result<Config> parse_config(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return Status(StatusCode::kInvalidArgument, "not a JSON object");
  const json& object = language_model(document);
  Result<Quantization> quantization =
      quantization_of(document.contains("quantization_config") ? document : object);
  if (!quantization.ok()) return quantization.status();

  Fields fields(object);
  Config config{.layers = fields.required("num_hidden_layers"),
                .hidden = fields.required("hidden_size"),
                .intermediate = fields.optional({"intermediate_size"}),
                .heads = fields.required("num_attention_heads")};
  if (!fields.status().ok()) return fields.status();
  config.kv_heads = fields.optional({"num_key_value_heads"}, config.heads);
  config.head_dim = fields.optional({"head_dim"}, config.hidden / config.heads);
  config.latent = latent_of(fields);
  config.experts = experts_of(object, fields, config);
  config.quantization = *std::move(quantization);
  if (!fields.status().ok()) return fields.status();
  return config;
}

}  // namespace jitgemm::models
