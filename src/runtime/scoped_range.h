// ScopedRange: shows a piece of work as a range in the caller's profiler, through RangeHooks.
#pragma once

#include <string>

#include <jitgemm/library.h>
#include "src/base/exit_gate.h"

namespace jitgemm {

// Does nothing without hooks or after exit has begun. Copies nothing; the hooks outlive it.
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
