// Progress on stderr: a bar that redraws itself on a terminal, else one line per step.
//
// Thread rule: one call at a time, from any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace jitgemm::cli {

class Progress {
 public:
  Progress();
  ~Progress();  // leaves the cursor on an empty line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(int64_t done, int64_t total, std::string_view name);

 private:
  const bool terminal_;
  bool drawn_ = false;
};

}  // namespace jitgemm::cli
