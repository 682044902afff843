// The log of a Library. Without Options::log there is none.
//
// A line is one event, and can be parsed: `jitgemm,v1,get,n7168_k2048_...,hit=disk,ms=0.8`.
#pragma once

#include <functional>
#include <string_view>

namespace jitgemm {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2 };

// Receives the log, from any thread that calls the library and from the library's own thread, while
// the library holds no lock. `line` has no line end and is valid only during the call. A sink must
// not throw or call the library.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

}  // namespace jitgemm
