// What a status and counters say, as tests compare them.
#pragma once

#include <string>

#include <jitgemm/counters.h>
#include <jitgemm/status.h>

namespace jitgemm {

// "invalid argument: m = 0 is ..."; empty if it is ok.
inline std::string message(const Status& status) {
  if (status.ok()) return {};
  return to_string(status.code()) + (": " + std::string(status.message()));
}

// "compiled=1 miss=1": every counter that is not 0, so that a test sees all of them.
inline std::string text_of(const Counters& counters) {
  std::string text;
#define JITGEMM_COUNTER(name, help) \
  if (counters.name != 0)           \
    text += (text.empty() ? "" : " ") + (#name "=" + std::to_string(counters.name));
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
  return text;
}

}  // namespace jitgemm
