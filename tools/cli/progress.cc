#include "tools/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace jitgemm::cli {
namespace {

constexpr int64_t kBarWidth = 24;  // characters
constexpr size_t kNameWidth = 40;  // characters; the line must fit into 80 columns to redraw itself
constexpr char kEraseLine[] = "\r\033[K";

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, kEraseLine);
}

void Progress::step(int64_t done, int64_t total, std::string_view name) {
  if (!terminal_) {
    fmt::print(stderr, "[{}/{}] {}\n", done, total, name);
    return;
  }
  const int64_t filled = kBarWidth * done / total;
  fmt::print(stderr, "{}[{:#<{}}{:.<{}}] {}/{} {}", kEraseLine, "", filled, "", kBarWidth - filled,
             done, total, name.substr(0, kNameWidth));
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace jitgemm::cli
