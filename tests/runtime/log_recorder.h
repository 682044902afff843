// A log sink that records lines from any thread.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/log.h>

namespace jitgemm {

class LogRecorder {
 public:
  // Must not outlive the recorder.
  LogSink sink() {
    return [this](LogLevel level, std::string_view line) {
      std::lock_guard lock(mutex_);
      lines_.push_back(kLevels[static_cast<int>(level)] + std::string(line));
      if (level == LogLevel::kWarning) warnings_.emplace_back(line);
    };
  }

  // Each begins with its level.
  std::vector<std::string> lines() const {
    std::lock_guard lock(mutex_);
    return lines_;
  }

  std::vector<std::string> warnings() const {
    std::lock_guard lock(mutex_);
    return warnings_;
  }

 private:
  static constexpr const char* kLevels[] = {"debug ", "info ", "warning "};
  mutable std::mutex mutex_;
  std::vector<std::string> lines_, warnings_;
};

}  // namespace jitgemm
