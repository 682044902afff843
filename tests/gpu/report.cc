#include "tests/gpu/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

#include "tests/gpu/gpu_test.h"

namespace jitgemm {
namespace {

std::vector<ReportRow>& rows() {
  static auto& all = *new std::vector<ReportRow>;
  return all;
}

class Writer : public testing::Environment {
 public:
  void TearDown() override {
    const char* path = std::getenv("JITGEMM_GPU_REPORT");
    if (!path || rows().empty()) return;
    std::ofstream file(path);
    file << fmt::format(
        "{}: relative error at most {:.2g} of the whole, each element within its bound.\n\n"
        "| N | K | kernels | checks | failed | worst relative error | worst share of bound |\n"
        "|---|---|---|---|---|---|---|\n",
        (*test_gpu())->name(), harness::kMaxRelativeError);
    for (const ReportRow& row : rows())
      file << fmt::format("| {} | {} | {} | {} | {} | {:.2e} | {:.3f} |\n", row.desc.n, row.desc.k,
                          row.kernels.size(), row.checks, row.failed, row.worst_relative_error,
                          row.worst_share);
    EXPECT_TRUE(file.flush()) << path << " cannot be written";
  }
};

[[maybe_unused]] const testing::Environment* const writer =
    testing::AddGlobalTestEnvironment(new Writer);

}  // namespace

void ReportRow::add(const std::string& kernel, const harness::Check& check) {
  kernels.insert(kernel);
  ++checks;
  failed += !check.failure().empty();
  worst_relative_error = std::max(worst_relative_error, check.relative_error);
  worst_share = std::max(worst_share, check.worst_share);
}

void add_to_report(ReportRow row) { rows().push_back(std::move(row)); }

}  // namespace jitgemm
