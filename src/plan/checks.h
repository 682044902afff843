// Checks of a caller's dimensions, pointers and matrices. Only a refusal builds text, in a function
// of its own, so that a valid launch allocates nothing. The desc gives the text its shape_name().
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include <jitgemm/status.h>
#include "src/plan/desc.h"       // shape_name()
#include "src/plan/quantizer.h"  // shape_name()

namespace jitgemm::plan {

inline constexpr int64_t kMaxStrideBytes = int64_t{1} << 40;  // strides of a tensor map are less

struct Dimension {
  const char* name;
  int64_t value;
  int64_t least;
  int64_t multiple;
  int64_t most = kMaxDimension;
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

template <typename Desc, typename... Args>
[[gnu::cold, gnu::noinline]] Status refuse(const Desc& desc, fmt::format_string<Args...> format,
                                           const Args&... args) {
  return {StatusCode::kInvalidArgument,
          fmt::format("{} ({})", fmt::vformat(format, fmt::make_format_args(args...)),
                      shape_name(desc))};
}

template <typename Desc>
Status check_dimension(const Desc& desc, const Dimension& dimension) {
  const auto& [name, value, least, multiple, most] = dimension;
  if (value < least || value > most)
    return refuse(desc, "{} = {} is outside {}..{}", name, value, least, most);
  if (value % multiple != 0)
    return refuse(desc, "{} = {} is not a multiple of {}", name, value, multiple);
  return {};
}

template <typename Desc>
Status check_pointer(const Desc& desc, const char* name, const void* data, size_t alignment) {
  if (data == nullptr) return refuse(desc, "{} is null", name);
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    return refuse(desc, "{} = {} is not aligned to {} bytes", name, data, alignment);
  return {};
}

inline bool bytes_fit(int64_t rows, int64_t ld, int64_t element_bytes) {
  int64_t elements, bytes;
  return !__builtin_mul_overflow(rows, ld, &elements) &&
         !__builtin_mul_overflow(elements, element_bytes, &bytes);
}

template <typename Desc>
Status check_matrix(const Desc& desc, const Matrix& matrix) {
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

// A scale per token and 128 of k, in either layout: of GemmArgs (AScale) or QuantizeArgs.
template <typename Desc>
Status check_scale(const Desc& desc, const char* const (&names)[3], const AScale& scale,
                   int64_t m) {
  const int64_t k_blocks = (desc.k + 127) / 128;
  Matrix matrix{.name = names[0],
                .data = scale.data,
                .alignment = sizeof(float),
                .ld_name = names[1],
                .ld = scale.ld,
                .width_name = "ceil(k / 128)",
                .width = k_blocks,
                .ld_multiple = 1,
                .rows = m,
                .element_bytes = sizeof(float)};
  switch (scale.layout) {
    case ScaleLayout::kKMajor: return check_matrix(desc, matrix);
    case ScaleLayout::kMnMajor:
      matrix.alignment = 16;
      matrix.width_name = "m";
      matrix.width = m;
      matrix.ld_multiple = 4;
      matrix.rows = k_blocks;
      return check_matrix(desc, matrix);
  }
  return refuse(desc, "{} = {} is neither {} (MN-major) nor {} (K-major)", names[2],
                static_cast<int>(scale.layout), static_cast<int>(ScaleLayout::kMnMajor),
                static_cast<int>(ScaleLayout::kKMajor));
}

}  // namespace jitgemm::plan
