// Peers' times that were measured on another day: what `bench` compares with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

struct Anchor {
  GemmDesc desc;
  int64_t m = 0;
  double best_us = 0;      // of the fastest peer at this point
  double cublaslt_us = 0;  // of cuBLASLt, which can be measured again
};

// CSV with the columns n, k, m, best_us and cublaslt_us among others. Errors: kInvalidArgument.
Result<std::vector<Anchor>> parse_anchors(std::string_view text);
// Errors: kInvalidArgument, naming the file.
Result<std::vector<Anchor>> anchors_of_file(const std::string& path);

}  // namespace jitgemm::cli
