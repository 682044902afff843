// What ptxas says about a kernel, read from the log of a compile with --ptxas-options=-v.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jitgemm::compile {

struct PtxasReport {
  int registers = 0;          // per thread at launch
  int stack_bytes = 0;        // stack frame
  int spill_store_bytes = 0;  // of all entries and functions, summed
  int spill_load_bytes = 0;
  std::vector<std::string> warnings;  // whole lines: serialised wgmma, ignored setmaxnreg, ...

  // No stack, no spill, no warning: what tests and tuning demand of every kernel. An array on the
  // stack that is no spill has an index that only the launch knows.
  bool clean() const {
    return stack_bytes == 0 && spill_store_bytes == 0 && spill_load_bytes == 0 && warnings.empty();
  }
};

PtxasReport parse_ptxas_log(std::string_view log);

}  // namespace jitgemm::compile
