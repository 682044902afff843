// A table of what was checked, in Markdown, written to the file that JITGEMM_GPU_REPORT names.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <jitgemm/gemm.h>
#include "tools/harness/check.h"

namespace jitgemm {

struct ReportRow {
  GemmDesc desc;
  std::set<std::string> kernels;
  int checks = 0, failed = 0;
  double worst_relative_error = 0, worst_share = 0;

  void add(const std::string& kernel, const harness::Check& check);
};

// Rows appear in order of arrival, when the last test has run.
void add_to_report(ReportRow row);

}  // namespace jitgemm
