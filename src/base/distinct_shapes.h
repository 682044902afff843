// Removes duplicates from a list of shapes and keeps its order.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <jitgemm/gemm.h>

namespace jitgemm {

inline std::vector<GemmDesc> distinct(const std::vector<GemmDesc>& shapes) {
  std::set<std::pair<int64_t, int64_t>> seen;
  std::vector<GemmDesc> result;
  for (const GemmDesc& desc : shapes)
    if (seen.emplace(desc.n, desc.k).second) result.push_back(desc);
  return result;
}

}  // namespace jitgemm
