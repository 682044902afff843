// Times of peers that were measured earlier; `bench` compares with them.
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
  double best_us = 0;      // the fastest peer
  double cublaslt_us = 0;  // cuBLASLt, which a run can measure again
};

// Parses CSV with the columns n, k, m, best_us and cublaslt_us; other columns are ignored.
// Errors: kInvalidArgument.
Result<std::vector<Anchor>> parse_anchors(std::string_view text);
// The same of a file. Errors: kInvalidArgument, which names the file.
Result<std::vector<Anchor>> anchors_of_file(const std::string& path);

}  // namespace jitgemm::cli
