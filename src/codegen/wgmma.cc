#include <string>

#include <fmt/format.h>

#include "src/codegen/source.h"

namespace jitgemm::codegen {
namespace {

std::string join(int count, const char* pattern) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += i % 8 == 0 ? ",\"\n      \"" : ", ";
    text += fmt::format(fmt::runtime(pattern), i);
  }
  return text;
}

std::string operands(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format("{}\"+f\"(d[{}])", i == 0 ? "" : i % 4 == 0 ? ",\n        " : ", ", i);
  return text;
}

std::string instruction(int n) {
  const int count = n / 2;
  return fmt::format(
      R"(// d = a * b, or d += a * b: one m64n{n}k32 of the tensor cores.
#pragma once

#include <jitgemm/types.cuh>

JITGEMM_DEVICE void multiply_add(float (&d)[{count}], u64 a, u64 b, bool add) {{
  asm volatile(
      "{{\n.reg .pred p;\nsetp.ne.b32 p, %{add}, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n{n}k32.f32.e4m3.e4m3\n"
      "{{{registers}}},\n"
      " %{a}, %{b}, p, 1, 1;\n}}"
      : {operands}
      : "l"(a), "l"(b), "r"(static_cast<int>(add)));
}}
)",
      fmt::arg("n", n), fmt::arg("count", count), fmt::arg("a", count), fmt::arg("b", count + 1),
      fmt::arg("add", count + 2), fmt::arg("registers", join(count, "%{}")),
      fmt::arg("operands", operands(count)));
}

}  // namespace

GeneratedHeader wgmma_header(int n) {
  return {fmt::format("jitgemm/ptx/wgmma_n{}.cuh", n), instruction(n)};
}

}  // namespace jitgemm::codegen
