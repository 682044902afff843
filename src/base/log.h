// The library's log lines, in the form that <jitgemm/log.h> promises:
//
//   jitgemm,v1,<event>,<subject>,<field>=<value>,...
//
// `reason`, where there is one, stands last: it is free text, commas included, on one line.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include <jitgemm/log.h>
#include "src/base/exit_gate.h"

namespace jitgemm {

// Formats nothing when nobody listens, or when exit has begun: the sink may be gone. `format`
// begins with the event: log_line(sink, level, "get,{}", name).
template <typename... Args>
void log_line(const LogSink& sink, LogLevel level, fmt::format_string<Args...> format,
              Args&&... args) {
  if (!sink) return;
  const BeforeExit sink_lives;  // exit that begins now waits
  if (!sink_lives || exit_has_begun()) return;
  std::string line = "jitgemm,v1," + fmt::format(format, std::forward<Args>(args)...);
  std::replace(line.begin(), line.end(), '\n', ' ');
  sink(level, line);
}

}  // namespace jitgemm
