#include "src/compile/ptxas_log.h"

#include <algorithm>
#include <charconv>

namespace jitgemm::compile {
namespace {

// The number in front of `unit` in a line, or 0.
int number_before(std::string_view unit, std::string_view line) {
  const size_t at = line.find(unit);
  if (at == line.npos) return 0;
  line = line.substr(0, at);
  line.remove_prefix(line.find_last_not_of("0123456789") + 1);
  int number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

// Whether a line is a warning, or advice on wgmma and setmaxnreg that ptxas prints as "info": C7500
// to C7599, such as "(C7510) Potential Performance Loss: wgmma.mma_async instructions are
// serialized".
bool is_warning(std::string_view line) {
  for (std::string_view mark : {": warning", "warning :", "(C75", "Performance Loss"})
    if (line.find(mark) != line.npos) return true;
  return false;
}

}  // namespace

PtxasReport parse_ptxas_log(std::string_view log) {
  PtxasReport report;
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(log.size(), line.size() + 1));
    if (is_warning(line)) report.warnings.emplace_back(line);
    report.registers = std::max(report.registers, number_before(" registers", line));
    report.stack_bytes = std::max(report.stack_bytes, number_before(" bytes stack frame", line));
    report.spill_store_bytes += number_before(" bytes spill stores", line);
    report.spill_load_bytes += number_before(" bytes spill loads", line);
  }
  return report;
}

}  // namespace jitgemm::compile
