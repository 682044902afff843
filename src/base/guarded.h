// Exceptions of a caller's callback, or of memory that ran out, as a Status.
#pragma once

#include <exception>

#include <jitgemm/status.h>

namespace jitgemm {

// Returns what `call` returns, a Status or a Result. If it throws: kInternal with what was thrown.
template <typename Call>
auto guarded(Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return Status(StatusCode::kInternal, error.what());
  } catch (...) {
    return Status(StatusCode::kInternal, "an exception of unknown type");
  }
}

}  // namespace jitgemm
