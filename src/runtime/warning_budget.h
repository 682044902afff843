// WarningBudget: limits the warnings of an event that may come in thousands, such as a full disk,
// to one a minute; the other lines are debug lines. Counters count all events.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <jitgemm/log.h>

namespace jitgemm {

// Thread rule: level() from any number of threads.
class WarningBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kPause{60};

  LogLevel level(std::string_view event, Clock::time_point now = Clock::now()) {
    std::lock_guard lock(mutex_);
    const auto [last, first] = last_.try_emplace(std::string(event), now);
    if (!first && now - last->second < kPause) return LogLevel::kDebug;
    last->second = now;
    return LogLevel::kWarning;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Clock::time_point, std::less<>> last_;  // the last warning, by event
};

}  // namespace jitgemm
