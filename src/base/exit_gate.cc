#include "src/base/exit_gate.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace jitgemm {
namespace {

// These have trivial destructors, so they are valid while other static objects are destroyed.
constexpr unsigned kClosed = 1u << 31;
std::atomic<unsigned> gate = 0;    // kClosed, and the number of BeforeExit objects that let work in
thread_local unsigned inside = 0;  // how many of them are this thread's

// A log sink may call exit(), so the calling thread does not wait for itself.
void close_and_wait() {
  unsigned state = gate.fetch_or(kClosed) | kClosed;
  while (state != (kClosed | inside)) {
    gate.wait(state);
    state = gate.load();
  }
}

// A child of fork() has only the thread that called fork().
void reset_in_child() { gate = (gate & kClosed) | inside; }

bool enter() {
  if ((gate.fetch_add(1) & kClosed) == 0) {
    ++inside;
    return true;
  }
  gate.fetch_sub(1);
  gate.notify_all();
  return false;
}

}  // namespace

BeforeExit::BeforeExit() : open_(enter()) {}

BeforeExit::~BeforeExit() {
  if (!open_) return;
  --inside;
  if (gate.fetch_sub(1) & kClosed) gate.notify_all();
}

bool exit_has_begun() { return gate.load(std::memory_order_relaxed) & kClosed; }

void await_work_at_exit() {
  static std::once_flag watching_forks;
  std::call_once(watching_forks, [] { pthread_atfork(nullptr, nullptr, reset_in_child); });
  std::atexit(close_and_wait);
}

}  // namespace jitgemm
