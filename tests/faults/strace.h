// Traces the system calls of cache_tool with strace, and lets them fail.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/faults/tool.h"

namespace jitgemm::faults {

// The numbers, from 1, of those calls of that name that name a path below `root`.
inline std::vector<int> calls_about(const std::string& root, const std::string& call,
                                    Tool::Work work) {
  const TemporaryDirectory scratch;
  const std::string trace = scratch.string() + "/trace";
  work.under = {"strace", "-f", "-y", "-qq", "-o", trace, "-e", "trace=" + call};
  EXPECT_TRUE(run(work).had_all());
  std::vector<int> found;
  std::ifstream lines(trace);
  int index = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(call + "(") == std::string::npos) continue;
    ++index;
    if (line.find(root) != std::string::npos) found.push_back(index);
  }
  return found;
}

// The command line of strace with one injection, such as "fsync:signal=KILL:when=2".
inline std::vector<std::string> injecting(const std::string& what) {
  const std::string trace = "trace=" + what.substr(0, what.find(':'));
  return {"strace", "-f", "-qq", "-o", "/dev/null", "-e", trace, "-e", "inject=" + what};
}

inline bool can_trace() {
  static const bool can =
      ::system("strace -qq -o /dev/null -e inject=getpid:when=1:error=EIO true >/dev/null 2>&1") ==
      0;
  return can;
}

}  // namespace jitgemm::faults
