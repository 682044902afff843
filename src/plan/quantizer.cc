#include "src/plan/quantizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/quantize.h"
#include "src/plan/checks.h"

namespace jitgemm::plan {
namespace {

constexpr const char* kOps[] = {"quantize", "silu_mul_quantize", "gelu_mul_quantize",
                                "rms_norm_quantize"};       // by QuantizeOp
constexpr const char* kTypes[] = {"bf16", "fp16", "fp32"};  // by ElementType
constexpr int64_t kTypeBytes[] = {2, 2, 4};                 // the same
constexpr const char* kScale[] = {"scale", "scale.ld", "scale.layout"};

bool is_norm(const QuantizeDesc& desc) { return desc.op == QuantizeOp::kRmsNorm; }
bool has_gate(const QuantizeDesc& desc) { return rows_of(desc) == 2; }

// The largest m whose grid the driver accepts.
int64_t largest_m(const QuantizeDesc& desc) {
  constexpr int64_t kMaxThreads = std::numeric_limits<int>::max() - kQuantizeThreads;
  const int64_t k_blocks = (desc.k + kGroup - 1) / kGroup;
  const int64_t tiles = kMaxThreads / 32 / k_blocks;
  return is_norm(desc) ? kMaxDimension
                       : std::min(kMaxDimension, tiles * 2 * tokens_of_lane(rows_of(desc)));
}

bool is_bf16(float value) { return (std::bit_cast<uint32_t>(value) & 0xffff) == 0; }

Status check_types(const QuantizeDesc& desc) {
  if (!is_enumerator(desc.x_type, ElementType::kFp32) ||
      (desc.op != QuantizeOp::kQuantize && desc.x_type != ElementType::kBf16))
    return refuse(desc, "x_type = {} is not {}", static_cast<int>(desc.x_type),
                  desc.op == QuantizeOp::kQuantize ? "0 (bf16), 1 (fp16) or 2 (fp32)" : "0 (bf16)");
  const bool bf16 = desc.weight_type == ElementType::kBf16;
  if (bf16 || (is_norm(desc) && desc.weight_type == ElementType::kFp32)) return {};
  return refuse(desc, "weight_type = {} is not {}", static_cast<int>(desc.weight_type),
                is_norm(desc) ? "0 (bf16) or 2 (fp32)" : "0: only rms_norm has a weight");
}

Status check_options(const QuantizeDesc& desc) {
  if (desc.up_first && !has_gate(desc))
    return refuse(desc, "up_first is set, but only silu_mul and gelu_mul have a gate");
  if (desc.limit != 0 && !has_gate(desc))
    return refuse(desc, "limit = {} is given, but only silu_mul and gelu_mul have a gate",
                  desc.limit);
  if (!(desc.limit >= 0) || std::isinf(desc.limit) || !is_bf16(desc.limit))
    return refuse(desc, "limit = {} is neither 0 nor a positive, finite bf16 value", desc.limit);
  if (desc.residual && !is_norm(desc))
    return refuse(desc, "residual is set, but only rms_norm adds one");
  return {};
}

QuantizeArgs with_default_strides(const QuantizeDesc& desc, QuantizeArgs args) {
  if (args.ldx == 0) args.ldx = desc.k * rows_of(desc);
  if (args.ldq == 0) args.ldq = desc.k;
  if (args.ldr == 0) args.ldr = desc.k;
  if (args.ldy == 0) args.ldy = desc.k;
  if (args.scale.ld == 0 && args.scale.layout == ScaleLayout::kKMajor)
    args.scale.ld = (desc.k + kGroup - 1) / kGroup;
  return args;
}

Status check_absent(const QuantizeDesc& desc, const char* name, const void* data) {
  if (data == nullptr) return {};
  return refuse(desc, "{} = {} is given, but the quantiser takes none", name, data);
}

Status check_norm(const QuantizeDesc& desc, const QuantizeArgs& args) {
  Status status = check_pointer(desc, "weight", args.weight, 16);
  if (status.ok() && !(args.epsilon >= 0 && std::isfinite(args.epsilon)))
    status = refuse(desc, "epsilon = {} is negative or not finite", args.epsilon);
  if (status.ok())
    status = desc.residual ? check_matrix(desc, {"residual", args.residual, 16, "ldr", args.ldr,
                                                 "k", desc.k, 8, args.m, sizeof(uint16_t)})
                           : check_absent(desc, "residual", args.residual);
  if (status.ok() && args.y != nullptr)
    status = check_matrix(
        desc, {"y", args.y, 16, "ldy", args.ldy, "k", desc.k, 8, args.m, sizeof(uint16_t)});
  return status;
}

Status check_operands(const QuantizeDesc& desc, const QuantizeArgs& args) {
  const int64_t bytes = kTypeBytes[static_cast<int>(desc.x_type)];
  Status status =
      check_matrix(desc, {"x", args.x, 16, "ldx", args.ldx, has_gate(desc) ? "2 k" : "k",
                          desc.k * rows_of(desc), 16 / bytes, args.m, bytes});
  if (status.ok())
    status = check_matrix(desc, {"q", args.q, 16, "ldq", args.ldq, "k", desc.k, 16, args.m, 1});
  if (status.ok()) status = check_scale(desc, kScale, args.scale, args.m);
  if (is_norm(desc)) return status.ok() ? check_norm(desc, args) : status;
  if (status.ok()) status = check_absent(desc, "weight", args.weight);
  if (status.ok()) status = check_absent(desc, "residual", args.residual);
  return status.ok() ? check_absent(desc, "y", args.y) : status;
}

// Reads one field of a name; what it cannot read stays as it was: the caller compares names.
void read_field(std::string_view field, QuantizeDesc* desc) {
  constexpr std::string_view kLimit = "limit";
  const char* const end = field.data() + field.size();
  for (int type = 0; type < 3; ++type)
    if (field == kTypes[type]) desc->x_type = static_cast<ElementType>(type);
  if (field.starts_with('k')) std::from_chars(field.data() + 1, end, desc->k);
  if (field.starts_with(kLimit)) std::from_chars(field.data() + kLimit.size(), end, desc->limit);
  if (field == "ue8m0") desc->ue8m0 = true;
  if (field == "upfirst") desc->up_first = true;
  if (field == "wfp32") desc->weight_type = ElementType::kFp32;
  if (field == "residual") desc->residual = true;
}

}  // namespace

Status validate(const QuantizeDesc& desc) {
  if (!is_enumerator(desc.op, QuantizeOp::kRmsNorm))
    return {StatusCode::kInvalidArgument,
            fmt::format("op = {} is none of 0 (quantize), 1 (silu_mul), 2 (gelu_mul), 3 (rms_norm)",
                        static_cast<int>(desc.op))};
  Status status =
      check_dimension(desc, {"k", desc.k, 1, 16, is_norm(desc) ? kMaxRmsNormK : kMaxDimension / 2});
  if (status.ok()) status = check_types(desc);
  return status.ok() ? check_options(desc) : status;
}

Result<QuantizeArgs> complete(const QuantizeDesc& desc, const QuantizeArgs& args) {
  Status status = check_dimension(desc, {"m", args.m, 0, 1, largest_m(desc)});
  if (!status.ok()) return status;
  const QuantizeArgs completed = with_default_strides(desc, args);
  if (completed.m == 0) return completed;  // nothing is read or written
  if (status = check_operands(desc, completed); !status.ok()) return status;
  return completed;
}

std::string shape_name(const QuantizeDesc& desc) {
  const auto type = [](ElementType value) {
    return is_enumerator(value, ElementType::kFp32) ? kTypes[static_cast<int>(value)] : "unknown";
  };
  std::string name =
      fmt::format("{}_k{}_{}", kOps[static_cast<int>(desc.op)], desc.k, type(desc.x_type));
  if (desc.ue8m0) name += "_ue8m0";
  if (desc.up_first) name += "_upfirst";
  if (desc.limit != 0) name += fmt::format("_limit{}", desc.limit);
  if (desc.weight_type != ElementType::kBf16) name += fmt::format("_w{}", type(desc.weight_type));
  if (desc.residual) name += "_residual";
  return name;
}

Result<QuantizeDesc> parse_quantizer_name(std::string_view name) {
  QuantizeDesc desc;
  for (int op = 0; op < 4; ++op) {
    const std::string_view prefix = kOps[op];
    if (!name.starts_with(fmt::format("{}_k", prefix))) continue;
    desc.op = static_cast<QuantizeOp>(op);
    for (std::string_view rest = name.substr(prefix.size() + 1); !rest.empty();) {
      const std::string_view field = rest.substr(0, rest.find('_'));
      read_field(field, &desc);
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    }
  }
  if (validate(desc).ok() && shape_name(desc) == name) return desc;
  return Status(
      StatusCode::kInvalidArgument,
      fmt::format("'{}' is not the name of a quantiser, such as quantize_k7168_bf16", name));
}

Grid grid_for(const QuantizeDesc& desc, int64_t m, int sms) {
  const int k = static_cast<int>(desc.k), tokens = static_cast<int>(m);
  if (is_norm(desc)) {
    const int blocks = sms * norm_blocks_per_sm(k);
    return {.x = static_cast<unsigned>(std::min(tokens, blocks)),
            .block = static_cast<unsigned>(norm_threads(k))};
  }
  const int64_t threads = 32 * quantize_warps(tokens, k, rows_of(desc));
  return {.x = static_cast<unsigned>((threads + kQuantizeThreads - 1) / kQuantizeThreads),
          .block = kQuantizeThreads};
}

}  // namespace jitgemm::plan
