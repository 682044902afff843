// Removes duplicates from a list of shapes and keeps its order.
#pragma once

#include <algorithm>
#include <vector>

#include <jitgemm/gemm.h>

namespace jitgemm {

inline std::vector<GemmDesc> distinct(const std::vector<GemmDesc>& shapes) {
  std::vector<GemmDesc> result;
  for (const GemmDesc& desc : shapes)
    if (std::ranges::find(result, desc) == result.end()) result.push_back(desc);
  return result;
}

}  // namespace jitgemm
