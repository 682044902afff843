#include "src/base/exit_gate.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace jitgemm {
namespace {

// Trivial, all of it: there is no order in which it could be destroyed too early.
constexpr unsigned kClosed = 1u << 31;
std::atomic<unsigned> gate = 0;    // kClosed, and how many are inside
thread_local unsigned inside = 0;  // of these, this thread's

// Exit may be called by a log sink, from inside.
void close_and_wait() {
  unsigned state = gate.fetch_or(kClosed) | kClosed;
  while (state != (kClosed | inside)) {
    gate.wait(state);
    state = gate.load();
  }
}

// A child of fork() has none of the threads that are inside, but its own.
void reset_in_child() { gate = (gate & kClosed) | inside; }

bool enter() {
  if ((gate.fetch_add(1) & kClosed) == 0 || inside > 0) {
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
