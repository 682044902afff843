// A piece of work, as a range of the caller's profiler: see RangeHooks.
#pragma once

#include <string>

#include <jitgemm/library.h>
#include "src/base/exit_gate.h"

namespace jitgemm {

// Copies nothing, and does nothing where there are no hooks. The hooks outlive it.
class ScopedRange {
 public:
  ScopedRange(const RangeHooks& hooks, const std::string& name)
      : hooks_(hooks.push && !exit_has_begun() ? &hooks : nullptr) {
    if (hooks_ != nullptr) hooks_->push(name.c_str());
  }
  ~ScopedRange() {
    if (hooks_ != nullptr) hooks_->pop();
  }
  ScopedRange(const ScopedRange&) = delete;
  ScopedRange& operator=(const ScopedRange&) = delete;

 private:
  const RangeHooks* const hooks_;
};

}  // namespace jitgemm
