// Shapes that kernels are compiled for: those that the tests look at, and those of a file.
#pragma once

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <jitgemm/gemm.h>

namespace jitgemm {

// Of each kind: deep and shallow K, tails in N and in K, few and many weight tiles.
constexpr GemmDesc kRepresentativeShapes[] = {{.n = 7168, .k = 2048},
                                              {.n = 2112, .k = 7168},
                                              {.n = 24576, .k = 1536},
                                              {.n = 576, .k = 7168},
                                              {.n = 8, .k = 400}};

inline std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream cells(line);
  for (std::string cell; std::getline(cells, cell, ',');) fields.push_back(cell);
  return fields;
}

// The distinct dense shapes of a CSV file that has columns N, K and kind, named by its first line,
// before any column whose cells may hold a comma.
inline std::vector<GemmDesc> shapes_of(const std::string& path) {
  std::ifstream file(path);
  std::map<std::string, size_t> column;
  std::set<std::pair<int64_t, int64_t>> shapes;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = fields_of(line);
    if (column.empty())
      for (size_t i = 0; i < fields.size(); ++i) column[fields[i]] = i;
    else if (fields.at(column.at("kind")) == "dense")
      shapes.emplace(std::stoll(fields.at(column.at("N"))), std::stoll(fields.at(column.at("K"))));
  }
  std::vector<GemmDesc> list;
  for (const auto& [n, k] : shapes) list.push_back({.n = n, .k = k});
  return list;
}

}  // namespace jitgemm
