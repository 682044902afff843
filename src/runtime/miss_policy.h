// Validates a MissPolicy: a caller may pass a number that is no policy.
#pragma once

#include <fmt/format.h>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm {

inline Status validate(MissPolicy policy) {
  switch (policy) {
    case MissPolicy::kDefault:
    case MissPolicy::kCompile:
    case MissPolicy::kFail:
    case MissPolicy::kBackground: return {};
  }
  return {StatusCode::kInvalidArgument,
          fmt::format("on_miss = {} is none of 0 (default), 1 (compile), 2 (fail), 3 (background)",
                      static_cast<int>(policy))};
}

}  // namespace jitgemm
