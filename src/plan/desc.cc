// The checks, in the order of the fields.
#include "src/plan/desc.h"

#include <fmt/format.h>

#include "kernels/layout.h"
#include "src/plan/checks.h"

namespace jitgemm::plan {
namespace {

int64_t scales_of(int64_t k) { return ceil_div(static_cast<int>(k), kBlockK); }  // of a row

Status check_bias(const GemmDesc& desc, const void* bias) {
  if (bias == nullptr) return {};
  if (desc.bias == BiasType::kNone)
    return refuse(desc, "bias = {} is given, but the bias type of the desc is none", bias);
  return check_pointer(desc, "bias", bias, desc.bias == BiasType::kBf16 ? 2 : 4);
}

constexpr const char* kAScale[] = {"a_scale", "a_scale.ld", "a_scale.layout"};

GemmArgs with_default_strides(const GemmDesc& desc, GemmArgs args) {
  if (args.lda == 0) args.lda = desc.k;
  if (args.ldb == 0) args.ldb = desc.k;
  if (args.ldd == 0) args.ldd = desc.n;
  if (args.a_scale.ld == 0 && args.a_scale.layout == ScaleLayout::kKMajor)
    args.a_scale.ld = scales_of(desc.k);
  return args;
}

Status check_operands(const GemmDesc& desc, const GemmArgs& args) {
  Status status = check_matrix(
      desc, {"a", args.a, 16, "lda", args.lda, "k", desc.k, 16, args.m, sizeof(uint8_t)});
  if (status.ok()) status = check_scale(desc, kAScale, args.a_scale, args.m);
  if (status.ok())
    status = check_matrix(
        desc, {"b", args.b, 16, "ldb", args.ldb, "k", desc.k, 16, desc.n, sizeof(uint8_t)});
  if (status.ok()) status = check_pointer(desc, "b_scale", args.b_scale, alignof(float));
  if (status.ok()) status = check_bias(desc, args.bias);
  if (status.ok())
    status = check_matrix(
        desc, {"d", args.d, 16, "ldd", args.ldd, "n", desc.n, 8, args.m, sizeof(uint16_t)});
  return status;
}

}  // namespace

Status validate(const GemmDesc& desc) {
  Status status = check_dimension(desc, {"n", desc.n, 1, 8});
  if (status.ok()) status = check_dimension(desc, {"k", desc.k, 1, 16});
  if (!status.ok()) return status;
  if (is_enumerator(desc.bias, BiasType::kFp32)) return {};
  return refuse(desc, "bias = {} is none of 0 (none), 1 (bf16), 2 (fp32)",
                static_cast<int>(desc.bias));
}

Status validate(Form form) {
  if (is_enumerator(form, Form::kNormal)) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("form = {} is none of 0 (auto), 1 (swapped), 2 (normal)",
                      static_cast<int>(form))};
}

Status validate(MissPolicy policy) {
  if (is_enumerator(policy, MissPolicy::kBackground)) return {};
  return {StatusCode::kInvalidArgument,
          fmt::format("on_miss = {} is none of 0 (default), 1 (compile), 2 (fail), 3 (background)",
                      static_cast<int>(policy))};
}

Result<GemmArgs> complete(const GemmDesc& desc, const GemmArgs& args) {
  if (Status status = check_dimension(desc, {"m", args.m, 0, 1}); !status.ok()) return status;
  const GemmArgs completed = with_default_strides(desc, args);
  if (completed.m == 0) return completed;  // nothing is read or written
  if (Status status = check_operands(desc, completed); !status.ok()) return status;
  return completed;
}

std::string shape_name(const GemmDesc& desc) { return fmt::format("n{}_k{}", desc.n, desc.k); }

}  // namespace jitgemm::plan
