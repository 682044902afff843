// Reads the log that ptxas writes with --ptxas-options=-v.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jitgemm::compile {

struct PtxasReport {
  int registers = 0;          // per thread at launch
  int stack_bytes = 0;        // stack frame
  int spill_store_bytes = 0;  // sum over all entries and functions
  int spill_load_bytes = 0;
  std::vector<std::string> warnings;  // whole lines: serialised wgmma, ignored setmaxnreg, ...

  // No stack, no spill, no warning: tests and tuning demand this of every kernel. A stack frame
  // without spills means an array whose index is not a constant.
  bool clean() const {
    return stack_bytes == 0 && spill_store_bytes == 0 && spill_load_bytes == 0 && warnings.empty();
  }
};

PtxasReport parse_ptxas_log(std::string_view log);

}  // namespace jitgemm::compile
