// WarningBudget: limits the warnings of an event that may come in thousands, such as a full disk,
// to one a minute; the other lines are debug lines. Counters count all events.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <jitgemm/log.h>

namespace jitgemm {

// Thread rule: level() from any number of threads.
class WarningBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kPause{60};

  explicit WarningBudget(std::function<Clock::time_point()> now = Clock::now)
      : now_(std::move(now)) {}

  LogLevel level(std::string_view event) {
    const Clock::time_point now = now_();
    std::lock_guard lock(mutex_);
    const auto [last, first] = last_.try_emplace(std::string(event), now);
    if (!first && now - last->second < kPause) return LogLevel::kDebug;
    last->second = now;
    return LogLevel::kWarning;
  }

 private:
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point, std::less<>> last_;  // the last warning, by event
};

}  // namespace jitgemm
