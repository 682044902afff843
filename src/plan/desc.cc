// The checks, in the order of the fields. Only a refusal builds text, in functions of its own, so
// that a valid launch allocates nothing.
#include "src/plan/desc.h"

#include <fmt/format.h>

#include <cstddef>

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

constexpr int64_t kMaxStrideBytes = int64_t{1} << 40;  // strides of a tensor map are less

struct Dimension {
  const char* name;
  int64_t value;
  int64_t least;
  int64_t multiple;
};

// A matrix in row-major order, as the caller gave it.
struct Matrix {
  const char* name;
  const void* data;
  size_t alignment;  // bytes
  const char* ld_name;
  int64_t ld;  // elements
  const char* width_name;
  int64_t width;  // elements that a row uses
  int64_t ld_multiple;
  int64_t rows;
  int64_t element_bytes;
};

// A caller may pass any number. `last` is the largest enumerator; the least is 0.
template <typename Enum>
bool is_enumerator(Enum value, Enum last) {
  return static_cast<int>(value) >= 0 && value <= last;
}

int64_t scales_of(int64_t k) { return ceil_div(static_cast<int>(k), kBlockK); }  // of a row

bool bytes_fit(int64_t rows, int64_t ld, int64_t element_bytes) {
  int64_t elements, bytes;
  return !__builtin_mul_overflow(rows, ld, &elements) &&
         !__builtin_mul_overflow(elements, element_bytes, &bytes);
}

template <typename... Args>
[[gnu::cold, gnu::noinline]] Status refuse(const GemmDesc& desc, fmt::format_string<Args...> format,
                                           const Args&... args) {
  return {StatusCode::kInvalidArgument,
          fmt::format("{} ({})", fmt::vformat(format, fmt::make_format_args(args...)),
                      shape_name(desc))};
}

Status check_dimension(const GemmDesc& desc, const Dimension& dimension) {
  const auto& [name, value, least, multiple] = dimension;
  if (value < least || value > kMaxDimension)
    return refuse(desc, "{} = {} is outside {}..{}", name, value, least, kMaxDimension);
  if (value % multiple != 0)
    return refuse(desc, "{} = {} is not a multiple of {}", name, value, multiple);
  return {};
}

Status check_pointer(const GemmDesc& desc, const char* name, const void* data, size_t alignment) {
  if (data == nullptr) return refuse(desc, "{} is null", name);
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    return refuse(desc, "{} = {} is not aligned to {} bytes", name, data, alignment);
  return {};
}

Status check_matrix(const GemmDesc& desc, const Matrix& matrix) {
  const auto& x = matrix;
  if (Status status = check_pointer(desc, x.name, x.data, x.alignment); !status.ok()) return status;
  if (x.ld < x.width)
    return refuse(desc, "{} = {} is less than {} = {}", x.ld_name, x.ld, x.width_name, x.width);
  if (x.ld % x.ld_multiple != 0)
    return refuse(desc, "{} = {} is not a multiple of {}", x.ld_name, x.ld, x.ld_multiple);
  if (x.ld >= kMaxStrideBytes / x.element_bytes)
    return refuse(desc, "{} = {} is not less than {}, the limit of TMA", x.ld_name, x.ld,
                  kMaxStrideBytes / x.element_bytes);
  if (!bytes_fit(x.rows, x.ld, x.element_bytes))
    return refuse(desc, "{} = {} makes {} rows of {} larger than 2^63 bytes", x.ld_name, x.ld,
                  x.rows, x.name);
  return {};
}

Status check_a_scale(const GemmDesc& desc, const GemmArgs& args) {
  const AScale& scale = args.a_scale;
  Matrix matrix{.name = "a_scale",
                .data = scale.data,
                .alignment = sizeof(float),
                .ld_name = "a_scale.ld",
                .ld = scale.ld,
                .width_name = "ceil(k / 128)",
                .width = scales_of(desc.k),
                .ld_multiple = 1,
                .rows = args.m,
                .element_bytes = sizeof(float)};
  switch (scale.layout) {
    case ScaleLayout::kKMajor: return check_matrix(desc, matrix);
    case ScaleLayout::kMnMajor:
      matrix.alignment = 16;
      matrix.width_name = "m";
      matrix.width = args.m;
      matrix.ld_multiple = 4;
      matrix.rows = scales_of(desc.k);
      return check_matrix(desc, matrix);
  }
  return refuse(desc, "a_scale.layout = {} is neither {} (MN-major) nor {} (K-major)",
                static_cast<int>(scale.layout), static_cast<int>(ScaleLayout::kMnMajor),
                static_cast<int>(ScaleLayout::kKMajor));
}

Status check_bias(const GemmDesc& desc, const void* bias) {
  if (bias == nullptr) return {};
  if (desc.bias == BiasType::kNone)
    return refuse(desc, "bias = {} is given, but the bias type of the desc is none", bias);
  return check_pointer(desc, "bias", bias, desc.bias == BiasType::kBf16 ? 2 : 4);
}

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
  if (status.ok()) status = check_a_scale(desc, args);
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
