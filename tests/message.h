// What a status says, as tests compare it.
#pragma once

#include <string>

#include <jitgemm/status.h>

namespace jitgemm {

inline std::string message(const Status& status) { return std::string(status.message()); }

}  // namespace jitgemm
