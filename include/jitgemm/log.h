// Where the library's few log lines go: nowhere, unless Options::log names a sink.
//
// Lines are one event each and parseable: `jitgemm,v1,get,n7168_k2048_...,hit=disk,ms=0.8`.
#pragma once

#include <functional>
#include <string_view>

namespace jitgemm {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2 };

// Called from any thread that calls the library, and from the library's own, never while a lock of
// the library is held. The text has no line end and lives only during the call. A sink must not
// throw, and must not call the library.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

}  // namespace jitgemm
