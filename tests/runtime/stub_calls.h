// The number of calls of a function of the stub driver.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {

inline int count_calls(const StubDriver& driver, std::string_view function) {
  const std::vector<std::string> calls = driver.calls();
  const std::string opening = std::string(function) + "(";
  return static_cast<int>(std::count_if(calls.begin(), calls.end(), [&](const std::string& call) {
    return call.starts_with(opening);
  }));
}

}  // namespace jitgemm
