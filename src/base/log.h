// The library's log lines, in the form that <jitgemm/log.h> promises:
//
//   jitgemm,v1,<event>,<subject>,<field>=<value>,...
//
// If there is a field `reason`, it is the last one: free text on one line that may contain commas.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include <jitgemm/log.h>
#include "src/base/exit_gate.h"

namespace jitgemm {

// Writes a line to the sink. Does nothing if there is no sink or exit has begun, as the sink may be
// destroyed then. `format` begins with the event: log_line(sink, level, "get,{}", name).
template <typename... Args>
void log_line(const LogSink& sink, LogLevel level, fmt::format_string<Args...> format,
              Args&&... args) {
  if (!sink) return;
  const BeforeExit sink_lives;  // exit() waits for this call
  if (!sink_lives || exit_has_begun()) return;
  std::string line = "jitgemm,v1," + fmt::format(format, std::forward<Args>(args)...);
  std::replace(line.begin(), line.end(), '\n', ' ');
  sink(level, line);
}

}  // namespace jitgemm
